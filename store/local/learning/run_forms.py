"""A training as it is asked for and as it is told of: camelCase in JSON. Light to import."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Mode = Literal["head", "fine-tune", "full"]
LabelMode = Literal["mine", "extend"]
AskedBy = Literal["user", "trigger", "command"]
RunState = Literal["queued", "running", "done", "failed", "cancelled"]
Stage = Literal["collect", "prepare", "fit", "calibrate", "judge", "write", "register"]

STAGES: tuple[Stage, ...] = ("collect", "prepare", "fit", "calibrate", "judge", "write", "register")


class TrainingOptions(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How to train. A label with fewer than `least_examples` pictures is not learned by itself; a word of
    less confidence than `least_confidence` is not learned from.

    `most_epochs` passes are made at most where a network is trained, without `early_stopping` all of them,
    and a picture is then learned from in `variants` forms: itself, mirrored, parts of it.
    """

    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 0
    least_examples: Annotated[int, Meta(ge=2, le=1000)] = 8
    least_confidence: Annotated[float, Meta(ge=0, le=1)] = 0.0
    most_epochs: Annotated[int, Meta(ge=1, le=200)] = 20
    variants: Annotated[int, Meta(ge=1, le=32)] = 8
    early_stopping: bool = True


class TrainingRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What to train: "mine" learns the user's own labels alone, "extend" keeps those of the model at work."""

    mode: Mode = "head"
    label_mode: LabelMode = "mine"
    options: TrainingOptions = TrainingOptions()


class Epoch(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What one pass over the pictures came to; `loss` and `accuracy` are of pictures not learned from."""

    number: int
    loss: float | None = None
    accuracy: float | None = None


class TrainingRun(Struct, frozen=True, rename="camel"):
    """One training; the texts are for people, `progress` is 0..1 of the whole, times are ms since the epoch.

    `parent_version` is the model that it starts from, `version` the one that came of it.
    """

    id: str
    mode: Mode
    label_mode: LabelMode
    state: RunState
    asked_by: AskedBy
    options: TrainingOptions
    parent_version: str | None
    version: str | None
    stage: Stage
    sentence: str
    advice: str
    progress: float | None
    epochs: list[Epoch]
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None
    seconds_left: float | None = None

    @property
    def is_live(self) -> bool:
        """Whether it waits or works."""
        return self.state in ("queued", "running")


class TrainingRuns(Struct, frozen=True):
    """The last trainings, the newest first."""

    runs: list[TrainingRun]


def changed(run: TrainingRun, **changes: object) -> TrainingRun:
    """The same run with other values in some fields."""
    return msgspec.structs.replace(run, **changes)
