"""How the child says what it is doing: JSON lines on what was its standard output. Light to import."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from store.local.learning.run_forms import Epoch, Stage
from store.training.runs.job import Report

# Where a stage begins and ends, of the child's whole work.
SHARES: dict[Stage, tuple[float, float]] = {
    "prepare": (0.0, 0.05),
    "fit": (0.05, 0.75),
    "calibrate": (0.75, 0.8),
    "judge": (0.8, 0.95),
    "write": (0.95, 1.0),
}


class Tell:
    """Says how far a training is."""

    def __init__(self, send: Callable[[Report], None]) -> None:
        self._send = send
        self._stage: Stage = "prepare"

    def stage(self, stage: Stage, sentence: str) -> None:
        """A stage begins."""
        self._stage = stage
        self._send(Report(stage=stage, sentence=sentence, progress=SHARES[stage][0]))

    def step(self, done: float, *, epoch: Epoch | None = None, seconds_left: float | None = None) -> None:
        """How far the stage is, 0..1; what an epoch came to; what is left of the whole by one's own count."""
        first, last = SHARES[self._stage]
        self._send(Report(progress=first + (last - first) * done, epoch=epoch, seconds_left=seconds_left))

    def failure(self, sentence: str, advice: str) -> None:
        """Why it ends without a result."""
        self._send(Report(failure=sentence, advice=advice))


def tell_on(stream: BinaryIO) -> Tell:
    """Tells on a stream, a line at a time."""

    def send(report: Report) -> None:
        stream.write(msgspec.json.encode(report) + b"\n")
        stream.flush()

    return Tell(send)


def own_output() -> BinaryIO:
    """The standard output for lines alone: what libraries print goes to the standard error from now on."""
    sys.stdout.flush()
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stream
