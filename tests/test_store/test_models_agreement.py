from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from small_model import f32, small_model

from store.models import agreement
from store.models.agreement import GENERATED, Agreement, compare, embeddings, known_agreement
from store.models.backbone_set import backbone_id, describe, write_backbone
from store.models.generated_pictures import COUNT, generated_pictures
from store.models.starter import load_starter
from store.models.topology import graph_model

ROOT = Path(__file__).resolve().parents[2]


def test_agreement_counts_first_answers_and_takes_the_median_deviation() -> None:
    parsed = small_model(head_layers=[(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))])
    master = f32([[5, 0, 0], [0, 5, 0], [0, 0, 5], [0, 3, 4]])
    variant = f32([[4, 0, 0], [0, 5, 0], [6, 0, 5], [0, 3, 4.5]])
    found = compare(parsed, master, variant, "four rows")
    assert found == Agreement(top1=0.75, n=4, on="four rows", deviation=0.15)
    assert found.to_json() == {"top1": 0.75, "n": 4, "on": "four rows", "deviation": 0.15}


def test_generated_pictures_are_the_same_every_time_and_differ_from_each_other() -> None:
    first, second = generated_pictures(64), generated_pictures(64)
    assert first.shape == (COUNT, 64, 64, 3)
    np.testing.assert_array_equal(first, second)
    flat = first.reshape(COUNT, -1).astype(float)
    assert np.abs(np.corrcoef(flat) - np.eye(COUNT)).max() < 0.9
    assert flat.std(axis=1).min() > 20


def test_an_unknown_backbone_is_measured_on_generated_pictures_and_says_so(tmp_path: Path) -> None:
    parsed = small_model()
    variants = write_backbone(tmp_path, parsed, [], lambda _sentence, _done: None)["variants"]
    pixels = generated_pictures(224)
    master = embeddings(parsed, parsed.arrays, pixels)
    restored = graph_model(parsed.network, parsed.arrays, "uint8").arrays
    wanted = compare(parsed, master, embeddings(parsed, restored, pixels), GENERATED)
    assert variants["uint8"]["agreement"] == wanted.to_json()
    assert (wanted.n, wanted.on) == (16, "generated pictures")
    assert variants["float16"]["agreement"]["deviation"] < wanted.deviation


def test_a_known_backbone_has_the_figures_that_were_measured_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = small_model()
    figures = {"top1": 0.5, "deviation": 0.25}
    known = {"n": 125, "on": "photographs", "agreement": {"float16": figures, "uint8": figures}}
    file = tmp_path / "known.json"
    file.write_text(json.dumps({"backbones": {backbone_id(describe(parsed)): known}}))
    monkeypatch.setattr(agreement, "_KNOWN", file)
    variants = write_backbone(tmp_path / "models", parsed, [], lambda _sentence, _done: None)["variants"]
    assert variants["uint8"]["agreement"] == {"top1": 0.5, "n": 125, "on": "photographs", "deviation": 0.25}


def test_the_starters_figures_are_known_for_the_very_weights_that_it_has() -> None:
    figures = known_agreement(backbone_id(describe(load_starter())))
    assert set(figures) == {"float16", "uint8"}
    assert figures["float16"].n == figures["uint8"].n == 125
    assert figures["float16"].top1 >= figures["uint8"].top1 >= 0.9


def test_the_known_figures_name_the_pictures() -> None:
    kept = json.loads((ROOT / "store" / "models" / "known_figures.json").read_text())
    for figures in kept["backbones"].values():
        assert figures["n"] == len(kept["pictures"])
