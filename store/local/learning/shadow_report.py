"""How a version in the shadow does beside the one at work, judged on the same pictures."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence

from msgspec import Struct

from store.local.figures.intervals import Z, wilson
from store.local.learning.label_mapping import LabelMapping
from store.local.learning.shadow_passes import Cost
from store.local.learning.shadow_rows import Compared

MOST_SHOWN = 100


class Share(Struct, frozen=True):
    """A share of `n` with its 95 % interval; None where nothing was counted."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class Differing(Struct, frozen=True, rename="camel"):
    """A picture that the two call differently; `truth` is what the user says, None where nothing is said."""

    inference_id: str
    sha256: str | None
    file_name: str | None
    has_thumbnail: bool
    label: str
    probability: float
    shadow_label: str
    shadow_probability: float
    truth: str | None


class ShadowReport(Struct, frozen=True, rename="camel"):
    """`n` answers beside which the shadow answered. Both accuracies are of the same judged pictures, and
    `better_by` is the shadow's minus the other's. Who judges is who used it, and errors are told more often.
    `cost` is None for a version over the backbone at work, whose answers cost nothing.
    """

    n: int
    agreement: Share
    active_accuracy: Share
    shadow_accuracy: Share
    better_by: Share
    differing: list[Differing]
    cost: Cost | None = None


def report(rows: Sequence[Compared], mapping: LabelMapping, cost: Cost | None = None) -> ShadowReport:
    """Labels are taken as the user calls them by now. A word that names no label judges neither."""
    pairs = [(mapping.of(row.label), mapping.of(row.other), _truth(row, mapping)) for row in rows]
    judged = [(active == truth, shadow == truth) for active, shadow, truth in pairs if truth is not None]
    only_active = sum(active and not shadow for active, shadow in judged)
    only_shadow = sum(shadow and not active for active, shadow in judged)
    differing = [
        _differing(row, truth)
        for row, (active, shadow, truth) in zip(rows, pairs, strict=True)
        if active != shadow
    ]
    return ShadowReport(
        n=len(rows),
        agreement=_share(sum(active == shadow for active, shadow, _ in pairs), len(pairs)),
        active_accuracy=_share(sum(active for active, _ in judged), len(judged)),
        shadow_accuracy=_share(sum(shadow for _, shadow in judged), len(judged)),
        better_by=_paired(only_shadow, only_active, len(judged)),
        differing=differing[:MOST_SHOWN],
        cost=cost,
    )


def _truth(row: Compared, mapping: LabelMapping) -> str | None:
    if row.is_correct == 1:
        return mapping.of(row.label)
    return None if row.corrected is None else mapping.of(row.corrected)


def _share(some: int, n: int) -> Share:
    return Share(*wilson(some, n), n)


def _paired(gained: int, lost: int, n: int) -> Share:
    """The difference of two shares of the same n with Wald's interval for pairs, half a picture added to each
    cell (Agresti and Min 2005, Stat Med 24:729, there for small n)."""
    if n == 0:
        return Share(None, None, None, 0)
    b, c, m = gained + 0.5, lost + 0.5, n + 2
    middle = (b - c) / m
    half = Z * math.sqrt(max(0.0, b + c - (b - c) ** 2 / m)) / m
    return Share((gained - lost) / n, max(-1.0, middle - half), min(1.0, middle + half), n)


def _differing(row: Compared, truth: str | None) -> Differing:
    return Differing(
        inference_id=str(uuid.UUID(bytes=row.id)),
        sha256=None if row.sha256 is None else row.sha256.hex(),
        file_name=row.file_name,
        has_thumbnail=bool(row.has_thumbnail),
        label=row.label,
        probability=row.probability,
        shadow_label=row.other,
        shadow_probability=row.other_probability,
        truth=truth,
    )
