"""What a head has to give for the check embeddings: the same numbers here and in the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from small_model import f32, small_model

from store.models.arrays import HeadInput
from store.models.errors import ModelError
from store.models.head_check import CHECKS, check_embeddings, head_check
from store.models.head_set import HeadSet, write_head
from store.models.network import head_logits

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "head_check.json").read_text())


def test_the_embeddings_are_those_of_the_shared_vectors() -> None:
    made = check_embeddings(VECTORS["count"], VECTORS["size"])
    assert made.ravel().tolist() == VECTORS["embeddings"]
    layers = [(f32(VECTORS["kernel"]).reshape(VECTORS["size"], 3), f32(VECTORS["bias"]))]
    assert np.allclose(head_logits(layers, made).ravel(), VECTORS["logits"], rtol=1e-6)


def test_they_are_like_real_ones_and_tell_every_weight_apart() -> None:
    made = check_embeddings(CHECKS, 1280)
    assert 0.4 < np.mean(made == 0) < 0.6
    assert (made.max(axis=0) > 0).mean() > 0.9
    assert np.array_equal(made.astype(np.float16), made)


@pytest.mark.parametrize("takes", ["raw", "unit"])
def test_a_set_gives_its_own_logits_and_a_changed_one_is_refused(tmp_path: Path, takes: HeadInput) -> None:
    model = small_model()
    head = HeadSet("0" * 64, 1.5, list(model.head_layers), tuple(model.labels), takes)
    set_id = write_head(tmp_path, head)
    check = head_check(tmp_path, set_id)
    embeddings = check_embeddings(CHECKS, model.head_layers[0][0].shape[0])
    assert np.array_equal(check.logits, head_logits(model.head_layers, embeddings, takes))
    weights = tmp_path / set_id / "head.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\x80\x3f")
    with pytest.raises(ModelError, match="has changed since"):
        head_check(tmp_path, set_id)
