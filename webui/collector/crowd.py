"""How many requests are answered at once, and when those who find no place may come back.

More are sent away before their body is read, each to a moment of its own, as if places were booked. A device
that has a place goes on with its next batch: so newcomers are booked at a third of the rate at which places
are given back, and those who come for the first time spread over three times what all of them need. Then
never much more than twice what the collector answers comes to it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from webui.collector.refusals import crowded

MOST = 32
USUAL_RATE = 20.0  # answers a second until it was measured: whole batches on a small machine
LONGEST_S = 3600
SHARE = 3
_LEAST_RATE = 0.5
_MEASURED_S, _STALE_S = 2.0, 10.0


class Crowd:
    """The requests of one process. `random_below(n)` gives a number from 0 to n - 1, `now` seconds on a clock
    that never jumps. One thread uses it."""

    def __init__(
        self, random_below: Callable[[int], int], most: int = MOST, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._random_below = random_below
        self._most = most
        self._now = now
        self._rate = USUAL_RATE
        self._booked = self._since = now()
        self._left = 0
        self.inside = 0

    def enter(self) -> None:
        """Takes a place. Raises Problem (503 with Retry-After) where there is none."""
        if self.inside >= self._most:
            raise crowded(self._book())
        self.inside += 1

    def leave(self) -> None:
        """Gives the place back."""
        self.inside -= 1
        self._left += 1

    def spread_s(self, devices: int) -> int:
        """Over how many seconds so many devices should come back where all find a network at once."""
        return min(LONGEST_S, math.ceil(SHARE * devices / self._rate))

    def _book(self) -> int:
        """Seconds until the next free moment, from 1 on."""
        now = self._now()
        self._measure(now)
        self._booked = max(self._booked, now) + SHARE / self._rate
        jitter = self._random_below(1000) / 1000
        return min(LONGEST_S, max(1, math.ceil(self._booked - now + jitter)))

    def _measure(self, now: float) -> None:
        """The rate at which places are given back, looked at only while somebody is sent away."""
        passed = now - self._since
        if passed < _MEASURED_S:
            return
        if passed < _STALE_S:
            self._rate = max(_LEAST_RATE, self._left / passed)
        self._since, self._left = now, 0
