"""Heads over raw and unit embeddings: the numbers, what is kept of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from repository import ROOT
from small_model import f32

from store.models.arrays import HeadInput
from store.models.errors import ModelError
from store.models.head_set import HeadSet, load_head, write_head
from store.models.labels import Label
from store.models.network import head_forward, unit

VECTORS = json.loads((ROOT / "tests" / "vectors" / "heads.json").read_text("utf-8"))["heads"]
LABELS = (Label("wolf"), Label("fox"))


def head_of(kernel: Any, takes: HeadInput = "raw") -> HeadSet:
    return HeadSet("5" * 64, 1.5, [(f32(kernel), np.zeros(2, np.float32))], LABELS, takes)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_numbers_are_those_that_the_page_is_held_to(vector: dict[str, Any]) -> None:
    layers = [(f32(layer["kernel"]), f32(layer["bias"])) for layer in vector["layers"]]
    embedding, takes = f32([vector["embedding"]]), vector.get("input", "raw")
    found = head_forward(layers, embedding, vector["temperature"], takes)
    np.testing.assert_allclose(found[0], vector["probabilities"], atol=1e-6)
    longer = head_forward(layers, 3 * embedding, vector["temperature"], takes)
    assert np.allclose(longer, found, atol=1e-6) is (takes == "unit")


def test_an_embedding_of_noughts_stays_one() -> None:
    np.testing.assert_array_equal(unit(f32([[0, 0], [3, 4]])), f32([[0, 0], [0.6, 0.8]]))


def test_a_head_over_the_unit_embedding_is_another_head(tmp_path: Path) -> None:
    kernel = [[1, 2], [3, 4]]
    ids = [write_head(tmp_path, head) for head in (head_of(kernel), head_of(kernel, "unit"))]
    assert len(set(ids)) == 2
    assert [load_head(tmp_path, set_id).input for set_id in ids] == ["raw", "unit"]
    described = [json.loads((tmp_path / set_id / "head.json").read_text()) for set_id in ids]
    assert [one.get("input") for one in described] == [None, "unit"]


def test_what_float16_holds_is_kept_in_half_the_bytes_and_read_as_it_was(tmp_path: Path) -> None:
    exact = np.random.default_rng(1).normal(size=(1280, 2)).astype(np.float16).astype(np.float32)
    inexact = exact * np.float32(1 + 2e-6)
    large = np.full((1280, 2), 1e6, np.float32)
    sizes = []
    for kernel in (exact, inexact, large):
        set_id = write_head(tmp_path, head_of(kernel))
        np.testing.assert_array_equal(load_head(tmp_path, set_id).layers[0][0], kernel)
        sizes.append((tmp_path / set_id / "head.safetensors").stat().st_size)
    assert sizes[0] < 5_400
    assert sizes[1:] == pytest.approx([sizes[0] + 5_120] * 2, abs=16)  # a header is padded to eight bytes


def test_a_head_that_takes_something_unknown_is_refused(tmp_path: Path) -> None:
    set_id = write_head(tmp_path, head_of([[1, 2], [3, 4]]))
    path = tmp_path / set_id / "head.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"input": "logarithm"}))
    with pytest.raises(ModelError, match="cannot be read"):
        load_head(tmp_path, set_id)
