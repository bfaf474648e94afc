"""The mode "head": one linear layer over the embeddings that there are, in seconds and without TensorFlow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.models.arrays import load
from store.models.head_set import HeadSet, load_head
from store.models.labels import Label
from store.models.network import head_logits
from store.training.heads.extending import extend_head
from store.training.heads.fitting import fit_head
from store.training.runs.job import Job, JobFolder
from store.training.runs.learned import Learned
from store.training.runs.sorting import Given, Sorted, given_in, sorted_for_base, sorted_for_own
from store.training.runs.telling import Tell


def learn(folder: JobFolder, job: Job, tell: Tell) -> Learned:
    """Learns from everything but the hold-out side; raises ModelError."""
    tell.stage("prepare", "Sorting the pictures by label.")
    given = given_in(folder)
    if job.label_mode == "extend":
        return _extended(folder, job, given, tell)
    return _own(job, given, tell)


def _own(job: Job, given: Given, tell: Tell) -> Learned:
    """A head for the user's own labels."""
    chosen = sorted_for_own(given, job)
    used = _begin(given, chosen, tell)
    seed = job.options.seed
    head = fit_head(given.embeddings[used], chosen.labels[used], chosen.names, seed=seed, progress=tell.step)
    tell.stage("calibrate", "Finding out how sure it may be.")
    return Learned(
        layers=head.layers,
        labels=[Label(name) for name in chosen.names],
        temperature=head.temperature,
        input=head.input,
        held_back=head.logits(given.embeddings[given.held_back]),
        facts={"penalty": head.choice.penalty},
    )


def _extended(folder: JobFolder, job: Job, given: Given, tell: Tell) -> Learned:
    """The head at work with the user's labels added to its own."""
    base = renamed(load_head(Path(job.models), job.head_id), job.renamed)
    chosen = sorted_for_base(given, job)
    used = _begin(given, chosen, tell)
    head = extend_head(
        base,
        given.embeddings[used],
        chosen.labels[used],
        chosen.names,
        load(folder.background)["embeddings"],
        seed=job.options.seed,
        progress=tell.step,
    )
    tell.stage("calibrate", "Finding out how sure it may be.")
    held_back = given.embeddings[given.held_back]
    known = {label.name: label for label in base.labels}
    return Learned(
        layers=head.layers,
        labels=[known.get(name, Label(name)) for name in head.labels],
        temperature=head.temperature,
        input=head.input,
        held_back=head_logits(head.layers, held_back, head.input),
        facts={"penalty": head.penalty},
    )


def _begin(given: Given, chosen: Sorted, tell: Tell) -> NDArray[np.bool_]:
    """Which examples are learned from [n]."""
    used: NDArray[np.bool_] = ~given.held_back & (chosen.labels >= 0)
    tell.stage("fit", f"Learning {len(chosen.names)} labels from {np.count_nonzero(used):,} pictures.")
    return used


def renamed(head: HeadSet, names: dict[str, str]) -> HeadSet:
    """The head with its labels under the names that they have by now.

    One that was merged into another of its labels stays as it is: two outputs cannot be one.
    """
    now = [names.get(label.name, label.name) for label in head.labels]
    labels = [
        label if now.count(name) > 1 else replace(label, name=name)
        for label, name in zip(head.labels, now, strict=True)
    ]
    return replace(head, labels=tuple(labels))
