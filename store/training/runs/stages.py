"""The stages of a training in its child process, each gone through once: what is there is not made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from store.local.learning.example_forms import SIDES
from store.models.head_set import load_head
from store.models.labels import Label
from store.models.network import head_forward
from store.training.gates.judging import judge
from store.training.heads.reject import reject_facts
from store.training.runs import learned as learned_form
from store.training.runs.job import Job, JobFolder, LineageEntry, Result, write_json
from store.training.runs.judging import Answers, metrics_of
from store.training.runs.learned import Learned
from store.training.runs.modes import learn_of
from store.training.runs.sorting import Given, given_in
from store.training.runs.telling import Tell
from store.training.runs.writing import Made, write_candidate


def go(folder: JobFolder, tell: Tell) -> None:
    """From a job to its result; raises ModelError, OSError and MemoryError."""
    job = folder.read_job()
    learned = learned_form.kept_in(folder)
    if learned is None:
        learned = learn_of(job.mode)(folder, job, tell)
        learned_form.keep(folder, learned)
    given = given_in(folder)
    tell.stage("judge", f"Checking it on {np.count_nonzero(given.held_back):,} pictures held back.")
    compared = compare(job, learned, given)
    tell.stage("write", "Writing the new model.")
    made = write_candidate(folder.candidate, job, learned, given.embeddings[given.held_back])
    write_json(folder.result, _result(made, learned, given, compared))
    tell.step(1.0)


def compare(job: Job, learned: Learned, given: Given) -> dict[str, Any]:
    """The metrics of the candidate, with the gates that hold it against the model at work."""
    out = given.held_back
    truth = [label for label, held in zip(given.labels, out, strict=True) if held]
    pictures = given.pictures[out]
    candidate = Answers(_counted_as(job, learned.labels), learned.probabilities())
    active = _at_work(job, given)
    gates = judge(candidate, active, truth, pictures, seed=job.options.seed)
    return {
        **metrics_of(candidate, truth, pictures),
        **learned.facts,
        "reject": reject_facts(learned.held_back, learned.temperature, candidate.right(truth)),
        "temperature": learned.temperature,
        "parentAccuracy": metrics_of(active, truth, pictures)["accuracy"],
        "gates": [gate.to_json() for gate in [*learned.gates, *gates]],
        "trainingSetHash": training_set_hash(given),
        "counts": {side: int(np.count_nonzero(given.sides == place)) for place, side in enumerate(SIDES)},
    }


def _at_work(job: Job, given: Given) -> Answers:
    """What the model at work answers for the pictures held back; raises ModelError where it is damaged."""
    head = load_head(Path(job.models), job.head_id)
    embeddings = given.embeddings[given.held_back]
    found = head_forward(head.layers, embeddings, head.temperature, head.input)
    return Answers(_counted_as(job, head.labels), found)


def _counted_as(job: Job, labels: Sequence[Label]) -> list[str]:
    """What labels count as by now."""
    return [job.renamed.get(label.name, label.name) for label in labels]


def training_set_hash(given: Given) -> str:
    """SHA-256 over what was learned from and judged on: embeddings, labels and sides, by the pictures."""
    order = np.argsort(given.pictures, kind="stable")
    whole = hashlib.sha256()
    whole.update(np.ascontiguousarray(given.embeddings[order], dtype="<f4").data)
    whole.update("\0".join(given.labels[index] or "" for index in order).encode())
    whole.update(given.sides[order].tobytes())
    return whole.hexdigest()


def _result(made: Made, learned: Learned, given: Given, compared: dict[str, Any]) -> Result:
    gates = [*(gate.to_json() for gate in made.gates), *compared["gates"]]
    return Result(
        backbone_id=made.backbone_id,
        head_id=made.head_id,
        space_id=made.space_id,
        label_count=len(learned.labels),
        pictures=int(np.count_nonzero(~given.held_back)),
        metrics={**compared, **made.facts, "gates": gates},
        lineage=list(_lineage(given)),
    )


def _lineage(given: Given) -> Iterator[LineageEntry]:
    for picture, side, label in zip(given.pictures.tolist(), given.sides.tolist(), given.labels, strict=True):
        yield LineageEntry(picture, SIDES[side], label)
