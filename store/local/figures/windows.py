"""Windows of time that end with the present hour, and the links to the records in them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from store.local.errors import StoreError
from store.local.figures.forms import BucketName, Previous, Window, WindowName
from store.local.figures.units import DAY, HOUR, WEEK, Span, floor_to

WINDOWS: dict[WindowName, int] = {"24h": DAY, "7d": WEEK, "30d": 30 * DAY, "90d": 90 * DAY}
BUCKETS: dict[BucketName, int] = {"hour": HOUR, "day": DAY, "week": WEEK}
MOST_POINTS = 170  # a week of hours, where the bucket is ours to choose
MOST_ASKED_POINTS = 1000
_MONDAY = 4 * DAY  # the first one, after the epoch's Thursday


class TooManyPoints(StoreError):  # noqa: N818 - a refusal
    """A series would have more points than anybody looks at."""


@dataclass(frozen=True)
class Asked:
    """What is asked for; None is any model version or backend."""

    window: WindowName = "7d"
    bucket: BucketName = "auto"
    model_version: str | None = None
    backend: str | None = None


@dataclass(frozen=True)
class Frame:
    """A window as times. `share` of it has passed; `before` is None where nothing was recorded then."""

    asked: Asked
    span: Span
    before: Span | None
    bucket: int
    share: float

    @classmethod
    def of(cls, asked: Asked, now: int, recorded: Span | None) -> Frame:
        """`recorded` is the hours from the first record to the last, None before the first one.

        Raises TooManyPoints.
        """
        end = floor_to(HOUR, now) + HOUR
        if asked.window == "all":
            span = (
                Span(min(recorded.start, end - HOUR), max(recorded.end, end))
                if recorded
                else Span(end - HOUR, end)
            )
            return cls(asked, span, None, _bucket(asked.bucket, span), 1.0)
        length = WINDOWS[asked.window]
        span = Span(end - length, end)
        before = Span(span.start - length, span.start)
        known = recorded is not None and recorded.start < before.end
        share = (now - span.start) / length
        return cls(asked, span, before if known else None, _bucket(asked.bucket, span), share)

    @property
    def window(self) -> Window:
        """The window as it is answered."""
        return Window(self.asked.window, self.span.start, self.span.end, self.bucket)

    @property
    def previous(self) -> Previous | None:
        """The window before as it is answered."""
        return None if self.before is None else Previous(*self.before)

    def point(self, start: int) -> int:
        """The start of the bucket that an hour or day of the window is in."""
        offset = _MONDAY if self.bucket == WEEK else 0
        return max(floor_to(self.bucket, start - offset) + offset, self.span.start)

    def link(self, **parameters: str | float | None) -> str:
        """The query that lists the records of the window with these parameters, None left out."""
        asked = {"modelVersion": self.asked.model_version, "backend": self.asked.backend}
        given = {"from": self.span.start, "to": self.span.end, **asked, **parameters}
        return urlencode({name: value for name, value in given.items() if value is not None})


def _bucket(name: BucketName, span: Span) -> int:
    length = span.end - span.start
    if name != "auto":
        if length / BUCKETS[name] > MOST_ASKED_POINTS:
            raise TooManyPoints(
                f"With one `bucket` every {name} the window has more than {MOST_ASKED_POINTS} points.",
                "Ask for a longer bucket, a shorter window, or leave the bucket out.",
            )
        return BUCKETS[name]
    return next((bucket for bucket in (HOUR, DAY) if length / bucket <= MOST_POINTS), WEEK)
