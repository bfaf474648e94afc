"""The time, as a constructor argument, so that no test waits and clocks may jump."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the program asks of a clock."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch; may jump."""

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()
