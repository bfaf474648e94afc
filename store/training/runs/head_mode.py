"""The mode "head": one linear layer over the embeddings that there are, in seconds and without TensorFlow."""

from __future__ import annotations

import numpy as np

from store.models.labels import Label
from store.training.heads.fitting import fit_head
from store.training.runs.job import Job, JobFolder
from store.training.runs.learned import Learned
from store.training.runs.sorting import given_in, sorted_for_own
from store.training.runs.telling import Tell


def learn(folder: JobFolder, job: Job, tell: Tell) -> Learned:
    """Learns from everything but the hold-out side; raises ModelError."""
    tell.stage("prepare", "Sorting the pictures by label.")
    given = given_in(folder)
    chosen = sorted_for_own(given, job)
    used = ~given.held_back & (chosen.labels >= 0)
    tell.stage("fit", f"Learning {len(chosen.names)} labels from {np.count_nonzero(used):,} pictures.")
    head = fit_head(
        given.embeddings[used],
        chosen.labels[used],
        chosen.names,
        seed=job.options.seed,
        progress=tell.step,
    )
    tell.stage("calibrate", "Finding out how sure it may be.")
    held_back = head.probabilities(given.embeddings[given.held_back]).astype(np.float32)
    return Learned(
        layers=head.layers,
        labels=[Label(name) for name in chosen.names],
        temperature=head.temperature,
        input=head.input,
        held_back=held_back,
        facts={"penalty": head.choice.penalty},
    )
