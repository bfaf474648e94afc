"""The stages of a training in its child process, each gone through once: what is there is not made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from store.local.learning.example_rows import SIDES
from store.models.head_set import HeadSet, load_head, write_head
from store.models.network import head_forward
from store.training.gates.gate import Gate
from store.training.gates.judging import judge
from store.training.gates.numbers import files_gate, parity_gate
from store.training.runs import learned as learned_form
from store.training.runs.job import Job, JobFolder, LineageEntry, Result, write_json
from store.training.runs.judging import Answers, metrics_of
from store.training.runs.learned import Learned
from store.training.runs.modes import learn_of
from store.training.runs.sorting import Given, given_in
from store.training.runs.telling import Tell


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
    write_json(folder.result, _written(folder, job, learned, given, compared))
    tell.step(1.0)


def compare(job: Job, learned: Learned, given: Given) -> dict[str, Any]:
    """The metrics of the candidate, with the gates that hold it against the model at work."""
    out = given.held_back
    truth = [label for label, held in zip(given.labels, out, strict=True) if held]
    pictures = given.pictures[out]
    candidate = Answers([label.name for label in learned.labels], learned.held_back)
    active = _at_work(job, given)
    gates = judge(candidate, active, truth, pictures, seed=job.options.seed)
    return {
        **metrics_of(candidate, truth, pictures),
        **learned.facts,
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
    return Answers([job.renamed.get(label.name, label.name) for label in head.labels], found)


def training_set_hash(given: Given) -> str:
    """SHA-256 over what was learned from and judged on: embeddings, labels and sides, by the pictures."""
    order = np.argsort(given.pictures, kind="stable")
    whole = hashlib.sha256()
    whole.update(np.ascontiguousarray(given.embeddings[order], dtype="<f4").data)
    whole.update("\0".join(given.labels[index] or "" for index in order).encode())
    whole.update(given.sides[order].tobytes())
    return whole.hexdigest()


def _written(folder: JobFolder, job: Job, learned: Learned, given: Given, compared: dict[str, Any]) -> Result:
    """Writes the sets, and checks what is then on the disk."""
    head = HeadSet(
        job.space_id, learned.temperature, list(learned.layers), tuple(learned.labels), learned.input
    )
    head_id = write_head(folder.candidate, head)
    on_disk = [gate.to_json() for gate in _file_gates(folder.candidate, head_id, learned, given)]
    return Result(
        backbone_id=job.backbone_id,
        head_id=head_id,
        space_id=job.space_id,
        label_count=len(learned.labels),
        pictures=int(np.count_nonzero(~given.held_back)),
        metrics={**compared, "gates": [*on_disk, *compared["gates"]]},
        lineage=list(_lineage(given)),
    )


def _file_gates(candidate: Path, head_id: str, learned: Learned, given: Given) -> Iterator[Gate]:
    """Whether the files are whole, and give the numbers that training had."""
    files = files_gate(candidate, head_id, None, given.embeddings.shape[1])
    yield files
    if files.passed:
        embeddings = given.embeddings[given.held_back]
        yield parity_gate(load_head(candidate, head_id), embeddings, learned.held_back)


def _lineage(given: Given) -> Iterator[LineageEntry]:
    for picture, side, label in zip(given.pictures.tolist(), given.sides.tolist(), given.labels, strict=True):
        yield LineageEntry(picture, SIDES[side], label)
