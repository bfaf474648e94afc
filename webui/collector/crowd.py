"""How many requests are answered at once: more are sent away before their body is read, each to come back at
another moment, so that a thousand devices that found the network together do not come back together."""

from __future__ import annotations

from collections.abc import Callable

from webui.collector.refusals import crowded

MOST = 32
LONGEST_WAIT_S = 30


class Crowd:
    """The requests of one process. `random_below(n)` gives a number from 0 to n - 1. One thread uses it."""

    def __init__(self, random_below: Callable[[int], int], most: int = MOST) -> None:
        self._random_below = random_below
        self._most = most
        self.inside = 0

    def enter(self) -> None:
        """Takes a place. Raises Problem (503 with Retry-After) where there is none."""
        if self.inside >= self._most:
            raise crowded(1 + self._random_below(LONGEST_WAIT_S))
        self.inside += 1

    def leave(self) -> None:
        """Gives the place back."""
        self.inside -= 1
