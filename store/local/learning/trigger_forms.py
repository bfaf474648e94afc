"""Decisions about learning anew, as they are kept and told: camelCase in JSON. Light to import."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from store.drift.triggers import Cause, Evidence, Limits
from store.local.learning.run_forms import TrainingRun

CalledBy = Literal["accuracy", "distribution", "data", "age", "asked"]
Decided = Literal["started", "held", "refused", "used"]
Why = Literal["", "off", "busy", "battery", "too-few"]


class RetrainRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Asks for a training: from how many different pictures that people named (null: as is set for learning
    by itself), counted from which confidence of theirs on."""

    min_data_points: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None
    confidence_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.0


class Asked(Struct, frozen=True, rename="camel"):
    """What was asked for, and how many pictures there were."""

    data_points: int
    min_data_points: int
    confidence_threshold: float


class Facts(Struct, frozen=True, rename="camel"):
    """What a decision was made of. `causes` are all that held; the texts are for people."""

    counted_ms: int = 0
    why: Why = ""
    sentence: str = ""
    advice: str = ""
    causes: list[Cause] = []
    evidence: Evidence | None = None
    limits: Limits | None = None
    asked: Asked | None = None


class Decision(Struct, frozen=True, rename="camel"):
    """One decision: what called for a training, what was decided, on which facts. `decided_at` is in ms since
    the epoch."""

    number: int
    decided_at: int
    cause: CalledBy
    decision: Decided
    facts: Facts
    run_id: str | None


class RetrainAnswer(Struct, frozen=True, rename="camel"):
    """Whether a training began, and why not; `run` is what began."""

    started: bool
    sentence: str
    advice: str
    data_points: int
    min_data_points: int
    decision: Decision
    run: TrainingRun | None = None


class RetrainDecisions(Struct, frozen=True, rename="camel"):
    """The last decisions, the newest first, and what there is now: the figures, the limits, and what of them
    calls for a training."""

    decisions: list[Decision]
    evidence: Evidence
    limits: Limits
    causes: list[Cause]
