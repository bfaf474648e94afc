"""How often an address that writes may be called: a burst is fine, a flood is not (token buckets)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from webui import problems
from webui.problems import Problem

_OWN_PAGE = "same-origin"


@dataclass(frozen=True)
class Rate:
    """At most `burst` calls at once, and `per_second` for as long as it goes on."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class WriteLimits:
    """What the program's own page may do, and what any other program with the cookie may."""

    page: Rate
    program: Rate


DEFAULT = WriteLimits(page=Rate(50, 200), program=Rate(10, 40))


class TokenBucket:
    """Holds up to `burst` tokens and gains `per_second` a second; a call takes one.

    `monotonic` gives seconds that never go back. To be used by one thread.
    """

    def __init__(self, rate: Rate, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._tokens = float(rate.burst)
        self._filled_at = monotonic()

    def take(self) -> float:
        """Takes a token and returns 0.0, or takes none and returns the seconds until there is one."""
        now = self._monotonic()
        gained = (now - self._filled_at) * self._rate.per_second
        self._tokens = min(float(self._rate.burst), self._tokens + gained)
        self._filled_at = now
        if self._tokens < 1.0:
            return (1.0 - self._tokens) / self._rate.per_second
        self._tokens -= 1.0
        return 0.0


@dataclass
class RateLimits:
    """The buckets of one application, one for each address and kind of caller."""

    monotonic: Callable[[], float]
    _buckets: dict[tuple[object, bool], TokenBucket] = field(default_factory=dict)

    def check(self, address: object, limits: WriteLimits, headers: Mapping[str, str]) -> None:
        """Counts one call of `address` by whoever sent these headers.

        A browser says of a page's own requests that they are same-origin, and a page can't say it falsely; a
        program of the same user could, and gains only the larger bucket.

        Raises:
            Problem: 429 with Retry-After where the bucket is empty.
        """
        own_page = headers.get("Sec-Fetch-Site") == _OWN_PAGE
        rate = limits.page if own_page else limits.program
        key = (address, own_page)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(rate, self.monotonic)
        wait = bucket.take()
        if wait > 0.0:
            raise Problem(
                problems.TOO_MANY,
                "This was asked of Whimbrel more often than it can be meant.",
                "Wait a moment, then send it again.",
                {"Retry-After": str(math.ceil(wait))},
            )
