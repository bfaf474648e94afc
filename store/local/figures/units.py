"""Hours and days as the roll-up counts them: whole multiples of their length since the epoch, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

HOUR = 3_600_000
DAY = 24 * HOUR
WEEK = 7 * DAY
UNITS = (HOUR, DAY)
FOREVER = 2**62  # later than any time


class Span(NamedTuple):
    """Times from `start` (in) to `end` (out), both whole hours, in milliseconds since the epoch."""

    start: int
    end: int

    def pieces(self, longest: int = DAY) -> Iterator[tuple[int, int, int]]:
        """The span as (unit, start, end): hours at its edges, days between, or hours alone."""
        if longest == HOUR:
            yield HOUR, self.start, self.end
            return
        first_day = min(-(-self.start // DAY) * DAY, self.end)
        last_day = max(self.end // DAY * DAY, first_day)
        for unit, start, end in (
            (HOUR, self.start, first_day),
            (DAY, first_day, last_day),
            (HOUR, last_day, self.end),
        ):
            if start < end:
                yield unit, start, end


def floor_to(unit: int, time: int) -> int:
    """The start of the hour or day that a time is in."""
    return time // unit * unit
