"""The stages of a training in its folder: each is gone through once, and what is written is checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clusters import clusters
from numpy.typing import NDArray
from small_model import small_model

from store.local.learning.run_forms import TrainingOptions
from store.models.adding import add_sets
from store.models.arrays import save
from store.models.backbone_set import load_backbone
from store.models.head_set import load_head
from store.training.runs import modes
from store.training.runs.job import Job, JobFolder, Report, Result, write_json
from store.training.runs.learned import kept_in
from store.training.runs.modes import Way
from store.training.runs.sorting import HOLDOUT, given_in
from store.training.runs.stages import compare, go, training_set_hash
from store.training.runs.telling import Tell
from store.training.runs.writing import write_candidate

SIZE = 128


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's folder with one model."""
    folder = tmp_path_factory.mktemp("models")
    add_sets(folder, small_model(), (), lambda _sentence, _done: None, 0)
    return folder


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> JobFolder:
    """A job with 80 examples of two labels, every fourth held back."""
    heads = [path.parent for path in models.glob("*/head.json")]
    backbones = [path.parent for path in models.glob("*/backbone.json")]
    folder = JobFolder(tmp_path / "job")
    folder.path.mkdir()
    values, labels = clusters((40, 40), seed=1, size=SIZE)
    sides = np.where(np.arange(80) % 4 == 3, HOLDOUT, 0).astype(np.uint8)
    arrays: dict[str, NDArray[Any]] = {"embeddings": values, "labels": labels.astype(np.int32)}
    arrays |= {"sides": sides, "pictures": np.arange(1, 81), "confidence": np.ones(80, np.float32)}
    save(arrays, folder.examples)
    write_json(folder.labels, ["curlew", "godwit"])
    job = Job(
        run_id="r",
        mode="head",
        label_mode="mine",
        options=TrainingOptions(),
        space_id=load_head(models, heads[0].name).space_id,
        backbone_id=backbones[0].name,
        head_id=heads[0].name,
        models=str(models),
    )
    write_json(folder.job, job)
    return folder


def gone_through(folder: JobFolder) -> tuple[list[str], Result]:
    """The stages that were told of, and the result."""
    told: list[Report] = []
    go(folder, Tell(told.append))
    return [report.stage for report in told if report.stage is not None], folder.read_result()


def gates(result: Result) -> dict[str, bool | None]:
    return {gate["name"]: gate["passed"] for gate in result.metrics["gates"]}


def test_all_stages_once_and_then_only_what_is_missing(folder: JobFolder) -> None:
    stages, first = gone_through(folder)
    assert stages == ["prepare", "fit", "calibrate", "judge", "write"]
    assert gates(first) == {
        "files": True, "parity": True, "chance": True, "accuracy": None, "classes": True
    }  # fmt: skip
    folder.result.unlink()
    stages, again = gone_through(folder)
    assert stages == ["judge", "write"]
    assert again == first


def test_what_was_learned_comes_back_as_it_was(folder: JobFolder) -> None:
    gone_through(folder)
    learned = kept_in(folder)
    assert learned is not None
    assert learned.backbone is None
    assert [label.name for label in learned.labels] == ["curlew", "godwit"]
    job, given = folder.read_job(), given_in(folder)
    head = load_head(folder.candidate, folder.read_result().head_id)
    assert np.array_equal(head.layers[0][0], learned.layers[0][0])
    assert compare(job, learned, given)["reject"]["n"] == 20


def test_a_mode_may_make_a_new_network(
    folder: JobFolder, models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(modes, "MODES", {"head": Way("made_mode:learn")})
    job = folder.read_job()
    _, result = gone_through(folder)
    assert result.backbone_id != job.backbone_id
    assert result.space_id != job.space_id
    assert load_head(folder.candidate, result.head_id).space_id == result.space_id
    made = load_backbone(folder.candidate, result.backbone_id)
    assert made.network.id == load_backbone(models, job.backbone_id).network.id
    assert (gates(result)["files"], gates(result)["parity"]) == (True, True)
    assert set(result.metrics["variants"]) == {"float32", "float16", "uint8"}
    assert result.metrics["epochs"] == 3


def test_a_head_that_does_not_give_what_was_learned_is_found(folder: JobFolder, tmp_path: Path) -> None:
    gone_through(folder)
    learned, given, job = kept_in(folder), given_in(folder), folder.read_job()
    assert learned is not None
    other = replace(learned, held_back=learned.held_back[::-1].copy())
    made = write_candidate(tmp_path / "other", job, other, given.embeddings[given.held_back])
    assert {gate.name: gate.passed for gate in made.gates} == {"files": True, "parity": False}


def test_the_hash_of_a_training_set_is_of_what_it_holds(folder: JobFolder) -> None:
    given = given_in(folder)
    order = np.random.default_rng(1).permutation(80)
    shuffled = replace(
        given,
        embeddings=given.embeddings[order],
        labels=[given.labels[place] for place in order],
        sides=given.sides[order],
        pictures=given.pictures[order],
    )
    assert training_set_hash(shuffled) == training_set_hash(given)
    relabelled = replace(given, labels=[None, *given.labels[1:]])
    assert training_set_hash(relabelled) != training_set_hash(given)
    assert training_set_hash(replace(given, sides=1 - given.sides % 2)) != training_set_hash(given)


def test_the_model_at_work_is_judged_by_the_names_of_now(folder: JobFolder) -> None:
    gone_through(folder)
    learned, given = kept_in(folder), given_in(folder)
    assert learned is not None
    job = folder.read_job()
    as_it_was = compare(job, learned, given)["parentAccuracy"]["value"]
    named = replace_job(job, {"wolf": "curlew", "dog": "godwit"})
    assert as_it_was == 0.0
    assert compare(named, learned, given)["parentAccuracy"]["value"] > 0.0


def replace_job(job: Job, renamed: dict[str, str]) -> Job:
    return Job(**{name: getattr(job, name) for name in job.__struct_fields__} | {"renamed": renamed})
