"""Which records a list takes."""

from __future__ import annotations

from typing import Literal

import msgspec

from store.export.filters import FilterError, MarkWord, Source, check_times

Kind = Literal["inference", "feedback", "event", "attachment"]
TimedStage = Literal["inference", "preprocessing", "total"]


class RecordFilters(msgspec.Struct, frozen=True, rename="camel"):
    """Every filter that is set must hold. Raises FilterError.

    Times are milliseconds since the epoch; `to` itself is out. `label` is what an answer counts as: the
    correction, else the best answer, by this name or by one that was renamed or merged into it. `mark` is
    the user's last word that was not taken back (`judged` is right or wrong, `marked` any word); it, `label`
    and `corrected` speak of answers alone. `file_name` is a part of the name, in any case. `device` and
    `sha256` are hexadecimal. `slower_than` is milliseconds of the stage `timed_stage`. `drawn` are
    answers that were drawn by chance to be checked.
    """

    kind: Kind | None = None
    from_ms: int | None = msgspec.field(default=None, name="from")
    to_ms: int | None = msgspec.field(default=None, name="to")
    label: str | None = None
    model_version: str | None = None
    backend: str | None = None
    source: Source | None = None
    session_id: str | None = None
    device: str | None = None
    mark: MarkWord | None = None
    corrected: bool = False
    stage: str | None = None
    code: str | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    slower_than: float | None = None
    timed_stage: TimedStage = "total"
    file_name: str | None = None
    sha256: str | None = None
    drawn: bool = False

    def __post_init__(self) -> None:
        check_times(self.from_ms, self.to_ms)
        if self.speaks_of_answers and self.kind not in (None, "inference"):
            raise FilterError(
                "kind", f"Nothing of the kind {self.kind!r} has a label or a mark.", "Leave `kind` out."
            )

    @property
    def speaks_of_answers(self) -> bool:
        """Whether only an inference can pass."""
        return self.label is not None or self.mark is not None or self.corrected
