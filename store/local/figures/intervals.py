"""95 % intervals in closed form: no scipy. Every function says whose formula it is."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection
from typing import NamedTuple

Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution
_TAIL = 0.025
_EXACT_UP_TO = 400


class Estimate(NamedTuple):
    """A value with the bounds between which it likely is; None where there is no telling."""

    value: float | None
    low: float | None
    high: float | None


class Interval(NamedTuple):
    """A value with the bounds between which it likely is."""

    value: float
    low: float
    high: float


NOTHING = Estimate(None, None, None)


def wilson(right: int, n: int) -> Estimate:
    """A proportion with Wilson's score interval (Wilson 1927, JASA 22:209; Newcombe 1998, Stat Med 17:857),
    without correction for continuity."""
    if n == 0:
        return NOTHING
    p, zz = right / n, Z * Z
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    half = Z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    low = 0.0 if right == 0 else max(0.0, middle - half)
    high = 1.0 if right == n else min(1.0, middle + half)
    return Estimate(p, low, high)


def difference(now: Estimate, before: Estimate) -> Estimate | None:
    """Now minus before by MOVER (Zou & Donner 2008, Stat Med 27:1693); None where a bound is missing.

    With Wilson's bounds this is Newcombe's hybrid score interval for two proportions (Newcombe 1998, Stat Med
    17:873, method 10).
    """
    bounds = (now.value, now.low, now.high, before.value, before.low, before.high)
    if any(bound is None for bound in bounds):
        return None
    v1, l1, u1, v2, l2, u2 = (float(bound or 0.0) for bound in bounds)
    value = v1 - v2
    low = value - math.sqrt((v1 - l1) ** 2 + (u2 - v2) ** 2)
    high = value + math.sqrt((u1 - v1) ** 2 + (v2 - l2) ** 2)
    return Estimate(value, low, high)


def paired_difference(both: int, first: int, second: int, neither: int) -> Interval:
    """Share of the first minus that of the second on the same things; `first` has so many alone.

    Newcombe's hybrid score interval for paired proportions (Newcombe 1998, Stat Med 17:2635, method 10): that
    of two proportions, with their correlation, corrected for continuity.
    """
    n = both + first + second + neither
    v1, l1, u1 = _bounds(both + first, n)
    v2, l2, u2 = _bounds(both + second, n)
    phi = _correlation(both, first, second, neither)
    down, up = (v1 - l1, u2 - v2), (u1 - v1, v2 - l2)
    low, high = (
        math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other)) for one, other in (down, up)
    )
    return Interval(v1 - v2, max(-1.0, v1 - v2 - low), min(1.0, v1 - v2 + high))


def _bounds(right: int, n: int) -> tuple[float, float, float]:
    value, low, high = wilson(right, n)
    return float(value or 0.0), float(low or 0.0), float(high or 0.0)


def _correlation(both: int, first: int, second: int, neither: int) -> float:
    """Phi of the fourfold table, where it is positive less half its n (never below nought)."""
    product = (both + first) * (second + neither) * (both + second) * (first + neither)
    if product == 0:
        return 0.0
    n, found = both + first + second + neither, both * neither - first * second
    return (max(found - n / 2, 0.0) if found > 0 else found) / math.sqrt(product)


def mean(n: int, total: float, variance: float) -> Estimate:
    """A mean with its interval by the central limit theorem; no bounds under two values."""
    if n == 0:
        return NOTHING
    value = total / n
    if n == 1:
        return Estimate(value, None, None)
    half = Z * math.sqrt(max(0.0, variance) / n)
    return Estimate(value, value - half, value + half)


def count_change(now: int, before: int, share: float, spread: float) -> Estimate:
    """How many more than the window before leads to expect, in the `share` of a window that has passed.

    Quasi-Poisson: events come in bursts, so the variance of a count is the count times its dispersion
    `spread` (McCullagh & Nelder 1989, section 6.2). By the normal approximation, with half an event added to
    each count so that nothing is not taken for certainty.
    """
    value = now - share * before
    half = Z * math.sqrt(spread * (now + 0.5 + share * share * (before + 0.5)))
    return Estimate(value, value - half, value + half)


def dispersion(counts: Collection[int], pieces: int) -> float:
    """Pearson's statistic of the counts of equal pieces of time over its degrees of freedom, at least 1.

    `counts` may leave out pieces in which nothing was; there are `pieces` with them.
    """
    if pieces < 2 or not any(counts):  # noqa: PLR2004 - one piece tells nothing of spread
        return 1.0
    expected = sum(counts) / pieces
    squares = sum(n * n for n in counts) - pieces * expected * expected
    return max(1.0, squares / expected / (pieces - 1))


def quantile_rank(n: int, p: float) -> int:
    """Which of n sorted values (from 1) is their quantile `p`: the least with a share of `p` up to it."""
    return max(1, math.ceil(n * p))


@functools.lru_cache(maxsize=4096)
def quantile_ranks(n: int, p: float) -> tuple[int, int | None, int | None]:
    """The rank (from 1) of the quantile `p` of n values, and the ranks that bound it with 95 % confidence.

    Order statistics (Hahn & Meeker 1991, Statistical Intervals, section 5.2; David & Nagaraja 2003, section
    7.1): how many values are under the true quantile is binomial, whatever the distribution of the values.
    None where there are too few values for a bound. Exact up to a variance of 400; above, the quantiles of
    the binomial are the normal ones with a term for its skew (Cornish & Fisher 1938).
    """
    variance = n * p * (1 - p)
    low, high = _exact_bounds(n, p) if variance <= _EXACT_UP_TO else _approximate_bounds(n, p)
    return quantile_rank(n, p), low if low >= 1 else None, high if high <= n else None


def _approximate_bounds(n: int, p: float) -> tuple[int, int]:
    middle = n * p + (Z * Z - 1) * (1 - 2 * p) / 6
    half = Z * math.sqrt(n * p * (1 - p))
    return math.floor(middle - half), math.ceil(middle + half) + 1


def _exact_bounds(n: int, p: float) -> tuple[int, int]:
    """The largest rank l with P(B < l) ≤ 2.5 %, the smallest u with P(B ≥ u) ≤ 2.5 %, B binomial."""
    first = max(0, math.floor(n * p - 8 * math.sqrt(n * p * (1 - p))))  # what is below is next to nothing
    low, high, below = first, n + 1, 0.0
    for k in range(first, n + 1):
        below += _binomial(n, k, p)  # P(B <= k)
        if below <= _TAIL:
            low = k + 1
        if below >= 1 - _TAIL:
            high = k + 1
            break
    return low, high


def _binomial(n: int, k: int, p: float) -> float:
    log_ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log_ways + k * math.log(p) + (n - k) * math.log1p(-p))
