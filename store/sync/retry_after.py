"""How long to wait: what a server asks for, within reason, and full-jitter backoff."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

MOST_S = 3600.0
FIRST_S, LAST_S = 1.0, 900.0
_MOST_DOUBLINGS = 10


def retry_after_s(asked: str | None, date: str | None, now_ms: int) -> float | None:
    """The seconds of a Retry-After header, 0..3600; None where it is missing or makes no sense.

    `asked` is seconds or an HTTP date. A date counts from the answer's own `date`, since the two clocks may
    be years apart, and from `now_ms` where that is missing.
    """
    if asked is None:
        return None
    seconds = _number(asked.strip())
    if seconds is None:
        until = _moment(asked)
        since = _moment(date) if date else now_ms / 1000
        seconds = None if until is None or since is None else until - since
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return None
    return min(seconds, MOST_S)


def _number(text: str) -> float | None:
    if not text.isascii() or not text.isdigit() or len(text) > 20:  # noqa: PLR2004 - 1e20 s and more is nonsense
        return None
    return float(text)


def _moment(text: str) -> float | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def backoff_s(failures: int, random: Callable[[], float]) -> float:
    """Full jitter: anything up to 1 s after the first failure, twice that after each further, 15 min at most.

    Source: M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015). `random` is 0..1.
    """
    return random() * min(LAST_S, FIRST_S * 2.0 ** min(max(failures - 1, 0), _MOST_DOUBLINGS))
