"""How fast pictures of a job are done, measured by the time that never jumps."""

from __future__ import annotations

from collections import deque

WINDOW_S = 60.0
ENOUGH_S = 2.0
ENOUGH = 10  # pictures; fewer say little, unless they took long
QUIET_S = 20.0  # records come in batches; after so long without one the time since counts, too


class Pace:
    """Remembers how many were done when, over the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, ended: int) -> None:
        """At `now` (seconds) so many were done in all; fewer than before (a second try) begins anew."""
        if self._seen and ended < self._seen[-1][1]:
            self._seen.clear()
        if not self._seen or ended > self._seen[-1][1]:
            self._seen.append((now, ended))
        while len(self._seen) > 2 and self._seen[1][0] < now - WINDOW_S:  # noqa: PLR2004 - two make a rate
            self._seen.popleft()

    def per_second(self, now: float) -> float | None:
        """Pictures a second; None while too little is known."""
        if len(self._seen) < 2:  # noqa: PLR2004
            return None
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        until = now if now - last > QUIET_S else last
        span = until - first
        if span < ENOUGH_S or (after - before < ENOUGH and span < QUIET_S):
            return None
        return (after - before) / span
