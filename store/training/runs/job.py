"""The folder of a training: what the parent puts there, and what the child leaves. Light to import.

`job.json` is written last of what is given, `result.json` last of what is made: each says that all before it
is whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from store.local.folder import write_whole
from store.local.learning.example_forms import Side
from store.local.learning.run_forms import Epoch, LabelMode, Mode, Stage, TrainingOptions

SCHEMA = 1
NONE_OF_THESE = -1  # as an example's label


class Job(Struct, frozen=True, rename="camel"):
    """What to train: from which model (`models` is the registry's folder), in which way.

    `renamed` tells what labels of that model count as by now, where that is another name.
    """

    run_id: str
    mode: Mode
    label_mode: LabelMode
    options: TrainingOptions
    space_id: str
    backbone_id: str
    head_id: str
    models: str
    renamed: dict[str, str] = {}
    schema: int = SCHEMA


class LineageEntry(Struct, frozen=True, rename="camel"):
    """The part that a picture had: its side, and the label that it stood for, None for "none of these"."""

    picture: int
    side: Side
    label: str | None


class Result(Struct, frozen=True, rename="camel"):
    """What came of a training. The sets are under `candidate/`; a head alone keeps the backbone."""

    backbone_id: str
    head_id: str
    space_id: str
    label_count: int
    pictures: int
    metrics: dict[str, Any]
    lineage: list[LineageEntry]


class Report(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One line of the child's: how far it is (0..1 of its own work), or why it ended."""

    stage: Stage | None = None
    sentence: str = ""
    progress: float | None = None
    epoch: Epoch | None = None
    seconds_left: float | None = None
    failure: str | None = None
    advice: str = ""


class JobFolder:
    """Names of what lies in a run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.job = path / "job.json"
        self.labels = path / "labels.json"
        self.examples = path / "examples.safetensors"
        self.background = path / "background.safetensors"
        self.crops = path / "crops"
        self.learned = path / "learned.json"
        self.learned_arrays = path / "learned.safetensors"
        self.candidate = path / "candidate"
        self.result = path / "result.json"
        self.attempts = path / "attempts"
        self.lock = path / "lock"
        self.log = path / "child.log"

    def read_job(self) -> Job:
        """What to train; raises OSError and msgspec.DecodeError."""
        return msgspec.json.decode(self.job.read_bytes(), type=Job)

    def read_labels(self) -> list[str]:
        """The labels that the numbers in the examples stand for; raises as `read_job`."""
        return msgspec.json.decode(self.labels.read_bytes(), type=list[str])

    def read_result(self) -> Result:
        """What came of it; raises as `read_job`."""
        return msgspec.json.decode(self.result.read_bytes(), type=Result)


def write_json(path: Path, value: object) -> None:
    """Writes a value that is there whole or not at all."""
    write_whole(path, msgspec.json.encode(value))
