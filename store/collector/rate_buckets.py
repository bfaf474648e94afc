"""How often somebody may ask, counted where all instances see it: token buckets, one row each.

A bucket holds up to `burst` tokens and gains `per_second` a second. A clock that jumps back gains nothing and
is followed from there on; one that jumped ahead fills the bucket. No row is the same as a full bucket.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.collector.database import Session
from store.collector.errors import TooOften

KEPT_MS = 3_600_000  # a bucket that nobody touched for so long is full
_LOCKED = """
INSERT INTO rate_bucket (key, tokens, filled_at) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING tokens, filled_at
"""
_PRESENT = "SELECT tokens, filled_at FROM rate_bucket WHERE key = ?"
_LEFT = "UPDATE rate_bucket SET tokens = ?, filled_at = ? WHERE key = ?"
_FULL_AGAIN = "DELETE FROM rate_bucket WHERE filled_at < ? OR filled_at > ?"


@dataclass(frozen=True)
class Rate:
    """At most `burst` requests at once, and `per_second` for as long as it goes on."""

    per_second: float
    burst: int


def take(session: Session, key: str, rate: Rate, now_ms: int) -> None:
    """Takes a token. Raises TooOften where there is none; nothing is taken then."""
    ((tokens, filled_at),) = session.rows(_LOCKED, (key, float(rate.burst), now_ms))
    tokens = _refilled(tokens, now_ms - filled_at, rate)
    if tokens < 1.0:
        raise TooOften((1.0 - tokens) / rate.per_second)
    session.change(_LEFT, (tokens - 1.0, now_ms, key))


def look(session: Session, key: str, rate: Rate, now_ms: int) -> None:
    """As `take`, but takes nothing."""
    for tokens, filled_at in session.rows(_PRESENT, (key,)):
        refilled = _refilled(tokens, now_ms - filled_at, rate)
        if refilled < 1.0:
            raise TooOften((1.0 - refilled) / rate.per_second)


def _refilled(tokens: float, passed_ms: int, rate: Rate) -> float:
    return min(float(rate.burst), tokens + max(0, passed_ms) / 1000 * rate.per_second)


def forget_full(session: Session, now_ms: int) -> int:
    """Lets go of buckets that must be full by now. Returns how many."""
    return session.change(_FULL_AGAIN, (now_ms - KEPT_MS, now_ms + KEPT_MS))
