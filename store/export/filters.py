"""Which records an export takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from store.local.errors import StoreError

LARGEST_TIME = 2**53
_LONGEST_TEXT = 256
_LONGEST_TIME = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Source = Literal["file", "camera", "paste", "folder"]
MarkWord = Literal["right", "wrong", "unsure", "judged", "marked", "unmarked"]
SOURCES: tuple[Source, ...] = ("file", "camera", "paste", "folder")


class FilterError(StoreError):
    """A filter that cannot be: `parameter` is its name in the API."""

    def __init__(self, parameter: str, sentence: str, advice: str) -> None:
        super().__init__(sentence, advice)
        self.parameter = parameter


class Filters(msgspec.Struct, frozen=True, rename="camel"):
    """Which inferences are exported; every filter that is set must hold. Raises FilterError.

    `min_confidence` (0..1) is the least probability of the best answer; an inference that the user corrected
    passes it regardless. Times are milliseconds since the epoch; `to` itself is out. `label` is what the
    record is exported as: the correction, else the best answer. `mark` is the user's last word. Without
    `include_user_feedback` nothing that the user said is exported or counts.
    """

    include_user_feedback: bool = True
    min_confidence: float | None = None
    from_ms: int | None = msgspec.field(default=None, name="from")
    to_ms: int | None = msgspec.field(default=None, name="to")
    label: str | None = None
    model_version: str | None = None
    source: Source | None = None
    only_corrected: bool = False
    backend: str | None = None
    session_id: str | None = None
    mark: MarkWord | None = None

    def __post_init__(self) -> None:
        _check_confidence(self.min_confidence)
        check_times(self.from_ms, self.to_ms)
        _check_text("label", self.label)
        _check_text("modelVersion", self.model_version)
        _check_text("backend", self.backend)
        _check_text("sessionId", self.session_id)
        if self.source is not None and self.source not in SOURCES:
            known = ", ".join(SOURCES)
            raise FilterError("source", f"`source` can't be {self.source!r}.", f"Choose one of: {known}.")
        speaking = "onlyCorrected" if self.only_corrected else "mark" if self.mark else None
        if speaking and not self.include_user_feedback:
            raise FilterError(
                speaking,
                f"`{speaking}` needs what the user said, and `includeUserFeedback` is false.",
                "Leave one of the two out.",
            )


def _check_confidence(value: float | None) -> None:
    if value is not None and not 0.0 <= value <= 1.0:  # also refuses NaN
        raise FilterError(
            "minConfidence", f"`minConfidence` can't be {value}.", "It is a probability from 0 to 1."
        )


def check_times(from_ms: int | None, to_ms: int | None) -> None:
    """Raises FilterError for a window of time that cannot be; both in milliseconds since the epoch."""
    for name, value in (("from", from_ms), ("to", to_ms)):
        if value is not None and not 0 <= value <= LARGEST_TIME:
            raise FilterError(name, f"`{name}` can't be {value}.", "It is a time from 1970 on.")
    if from_ms is not None and to_ms is not None and from_ms >= to_ms:
        raise FilterError("to", "`to` is not after `from`.", "Exchange the two, or leave one out.")


def _check_text(name: str, value: str | None) -> None:
    if value is not None and not (0 < len(value) <= _LONGEST_TEXT and "\0" not in value):
        raise FilterError(
            name, f"`{name}` is empty, too long or no text.", f"It has 1 to {_LONGEST_TEXT} characters."
        )


def parse_moment(name: str, text: str) -> int:
    """Milliseconds since the epoch: digits are just that, else ISO-8601 (`2026-05-01`, `…T12:00:00Z`).

    Without a zone it is UTC. Raises FilterError in the name of the parameter.
    """
    if len(text) <= _LONGEST_TIME and text.isascii() and text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text if len(text) <= _LONGEST_TIME else "")
    except ValueError:
        advice = "Write it as 2026-05-01, 2026-05-01T12:00:00Z, or in milliseconds since 1970."
        raise FilterError(name, f"`{name}` is not a time.", advice) from None
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (zoned - _EPOCH) // timedelta(milliseconds=1)
