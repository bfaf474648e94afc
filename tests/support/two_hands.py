"""A clock whose two hands move apart: the wall clock may jump, the monotonic one never does."""

from __future__ import annotations

from local_records import NOW


class TwoHands:
    def __init__(self, now_ms: int = NOW) -> None:
        self.wall = now_ms
        self.ran_ms = 0

    def now_ms(self) -> int:
        return self.wall

    def monotonic(self) -> float:
        return self.ran_ms / 1000

    def run(self, milliseconds: int) -> None:
        """Time passes as it should."""
        self.wall += milliseconds
        self.ran_ms += milliseconds

    def jump(self, milliseconds: int) -> None:
        """The wall clock alone is moved, or the machine slept."""
        self.wall += milliseconds
