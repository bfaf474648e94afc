"""When it is time to learn anew: the causes that a set of figures gives, under the limits that are set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from store.drift.accuracy import AccuracyChange
from store.drift.distribution import LEVEL, Shift

Cause = Literal["accuracy", "distribution", "data", "age"]
CAUSES: tuple[Cause, ...] = ("accuracy", "distribution", "data", "age")
DAY_MS = 86_400_000


class Limits(Struct, frozen=True, rename="camel"):
    """What has to be reached; None: that cause is switched off.

    `accuracy_drop` in points, `distribution` in bits, `days` of counted time.
    """

    accuracy_drop: float | None = 10.0
    distribution: float | None = 0.2
    data_points: int | None = 1000
    days: float | None = 7.0


class Evidence(Struct, frozen=True, rename="camel"):
    """What is known. `counted_ms` is the time that really passed up to now, `since_ms` since the last
    training (None while the clock cannot be trusted), `new_pictures` the pictures that people named since."""

    counted_ms: int
    since_ms: int | None
    new_pictures: int
    model_version: str | None = None
    accuracy: AccuracyChange | None = None
    distribution: Shift | None = None


def limits_of(settings: Mapping[str, object]) -> Limits:
    """The limits as they are set."""
    named: dict[str, Any] = {
        "accuracyDrop": settings["retrainAccuracyDrop"],
        "distribution": settings["retrainDistribution"],
        "dataPoints": settings["retrainDataPoints"],
        "days": settings["retrainDays"],
    }
    return msgspec.convert(named, Limits)


def due(evidence: Evidence, limits: Limits) -> list[Cause]:
    """The causes to learn anew, the weightiest first; none where there is nothing that was not learned yet.

    Accuracy has to have fallen by more than the limit, and surely (its interval leaves 0 out); the
    distribution has to be further off than the limit and than chance explains.
    """
    if evidence.new_pictures < 1:
        return []
    holds = {
        "accuracy": _has_fallen(evidence.accuracy, limits.accuracy_drop),
        "distribution": _has_moved(evidence.distribution, limits.distribution),
        "data": limits.data_points is not None and evidence.new_pictures >= limits.data_points,
        "age": _is_old(evidence.since_ms, limits.days),
    }
    return [cause for cause in CAUSES if holds[cause]]


def _has_fallen(change: AccuracyChange | None, limit: float | None) -> bool:
    return change is not None and limit is not None and change.drop > limit and change.low > 0


def _has_moved(shift: Shift | None, limit: float | None) -> bool:
    return shift is not None and limit is not None and shift.divergence > limit and shift.chance < LEVEL


def _is_old(since_ms: int | None, days: float | None) -> bool:
    return since_ms is not None and days is not None and since_ms >= days * DAY_MS
