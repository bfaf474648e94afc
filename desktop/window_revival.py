"""A page whose process ended by itself comes back, but not for ever."""

from __future__ import annotations

from collections.abc import Callable

_MOST, _WITHIN_S = 3, 60.0


class Revivals:
    """Counts how often it came back."""

    AGAIN = "The page ended by itself and was opened again. What was recorded is kept."
    LOST = (
        "Whimbrel's page ended by itself again and again. What was recorded is kept.",
        "Close this window and start Whimbrel again; `whimbrel doctor` looks for what is wrong.",
    )

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._times: list[float] = []

    def again(self) -> bool:
        """Whether it comes back this time: at most three times a minute."""
        now = self._monotonic()
        self._times = [*(time for time in self._times if now - time < _WITHIN_S), now]
        return len(self._times) <= _MOST
