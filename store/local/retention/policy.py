"""The rules: of each kind, how old and how much at most. Corrections and what they speak of have no age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["answers", "events", "waiting", "embeddings", "thumbnails", "crops"]
MEGABYTE = 1024 * 1024


class Rule(NamedTuple):
    """One kind of data, its two settings (None: it has no such limit), and their values now."""

    kind: Kind
    days_setting: str | None
    megabytes_setting: str | None
    days: int | None = None
    megabytes: int | None = None


_RULES = (
    Rule("answers", "keepAnswersDays", "keepAnswersMegabytes"),
    Rule("events", "keepEventsDays", None),
    Rule("waiting", "keepWaitingDays", None),
    Rule("embeddings", "keepEmbeddingsDays", "keepEmbeddingsMegabytes"),
    Rule("thumbnails", "keepThumbnailsDays", "keepThumbnailsMegabytes"),
    Rule("crops", "keepCropsDays", "keepCropsMegabytes"),
)


def rules(settings: Mapping[str, object]) -> tuple[Rule, ...]:
    """Every rule with the values of these settings."""
    return tuple(
        rule._replace(days=_of(settings, rule.days_setting), megabytes=_of(settings, rule.megabytes_setting))
        for rule in _RULES
    )


def _of(settings: Mapping[str, Any], name: str | None) -> int | None:
    value = None if name is None else settings[name]
    return None if value is None else int(value)
