"""Intervals against published examples, scipy's exact distributions, and by how often they are right."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from scipy import stats

from store.local.figures.buckets import (
    GROWTH,
    RELATIVE_ERROR,
    added,
    bucket_of,
    lower_edge,
    middle,
    pack,
    unpack,
    upper_edge,
)
from store.local.figures.histograms import EMPTY, Histograms, Row, merged
from store.local.figures.intervals import (
    Estimate,
    count_change,
    difference,
    dispersion,
    mean,
    paired_difference,
    quantile_ranks,
    wilson,
)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [  # Newcombe 1998, Stat Med 17:857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_as_published(right: int, n: int, low: float, high: float) -> None:
    found = wilson(right, n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)
    assert wilson(n - right, n).low == pytest.approx(1 - high, abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, Stat Med 17:873, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0000),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_newcombe_is_as_published(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = difference(wilson(*first), wilson(*second))
    assert found is not None
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_a_difference_needs_all_bounds() -> None:
    assert difference(wilson(1, 2), wilson(0, 0)) is None
    assert difference(Estimate(1.0, 0.5, None), Estimate(1.0, 0.5, 2.0)) is None


def test_paired_differences_are_right_nineteen_times_in_twenty() -> None:
    """Of answers that go together: how often the interval has the true difference, and how long it is."""
    chance = np.random.default_rng(8)
    cells = (0.55, 0.2, 0.1, 0.15)
    for n in (20, 100, 400):
        drawn = [paired_difference(*row) for row in chance.multinomial(n, cells, 2000).tolist()]
        covered = np.mean([low <= 0.1 <= high for _, low, high in drawn])
        assert 0.94 < covered < 0.98, n
    alone = difference(wilson(300, 400), wilson(260, 400))
    together = paired_difference(220, 80, 40, 60)
    assert alone is not None and together.value == pytest.approx(alone.value)
    assert alone.low is not None and together.low > alone.low


def test_a_few_pairs_that_agree_prove_nothing() -> None:
    value, low, high = paired_difference(10, 0, 0, 0)
    assert value == 0
    assert low < -0.2 and high > 0.2


def test_the_ranks_of_a_median_are_those_of_the_tables() -> None:
    """Conover 1999, Practical Nonparametric Statistics, and every table of the sign test."""
    assert quantile_ranks(10, 0.5) == (5, 2, 9)
    assert quantile_ranks(20, 0.5) == (10, 6, 15)
    assert quantile_ranks(5, 0.5) == (3, None, None)
    assert quantile_ranks(6, 0.5) == (3, 1, 6)


@pytest.mark.parametrize("n", [1, 7, 50, 59, 100, 1500, 1700, 20_000, 41_000])
@pytest.mark.parametrize("p", [0.5, 0.95, 0.99])
def test_ranks_are_the_tightest_of_the_binomial(n: int, p: float) -> None:
    """A bound errs at most 2.5 %, the next one inside errs more (within 0.5 % where it is approximated)."""
    _, low, high = quantile_ranks(n, p)
    slack = 0 if n * p * (1 - p) <= 400 else 0.005
    if low is not None:
        assert stats.binom.cdf(low - 1, n, p) <= 0.025 + slack
        assert stats.binom.cdf(low, n, p) > 0.025 - slack
    else:
        assert stats.binom.cdf(0, n, p) > 0.025
    if high is not None:
        assert stats.binom.sf(high - 1, n, p) <= 0.025 + slack
        assert stats.binom.sf(high - 2, n, p) > 0.025 - slack
    else:
        assert stats.binom.sf(n - 1, n, p) > 0.025


def test_a_mean_is_that_of_the_normal_distribution() -> None:
    found = mean(100, 5000.0, 25.0)
    low, high = stats.norm.interval(0.95, 50, 0.5)
    assert found == pytest.approx((50, low, high))
    assert mean(1, 5.0, 0.0) == (5.0, None, None)
    assert mean(0, 0.0, 0.0) == (None, None, None)


def test_changes_of_counts_are_right_nineteen_times_in_twenty() -> None:
    """Two windows of one rate, the second half over, in bursts and without: how often the change covers 0."""
    chance = np.random.default_rng(3)
    for burst in (1, 5):
        covered = 0
        for _ in range(2000):
            before = burst * chance.poisson(20 / burst, 30)
            now = burst * chance.poisson(20 / burst, 15)
            spread = max(dispersion(before.tolist(), 30), dispersion(now.tolist(), 15))
            _, low, high = count_change(int(now.sum()), int(before.sum()), 0.5, spread)
            covered += low is not None and high is not None and low <= 0 <= high
        assert covered / 2000 > 0.94, burst


def test_pieces_in_which_nothing_was_may_be_left_out() -> None:
    assert dispersion([3, 0, 5, 0], 4) == dispersion([3, 5], 4) == pytest.approx(3)
    assert dispersion([3, 5], 10**12) > 1
    assert dispersion([4, 4], 2) == dispersion([], 9) == dispersion([7], 1) == 1


def test_nothing_is_not_taken_for_certainty() -> None:
    value, low, high = count_change(0, 0, 1.0, 1.0)
    assert value == 0
    assert low is not None and high is not None and low < -1 < 1 < high


def test_every_value_is_in_its_bucket_and_within_one_per_cent() -> None:
    chance = random.Random(5)
    for value in [0.0, 0.001, 0.0010001, 2.0**53, *(math.exp(chance.uniform(-6, 36)) for _ in range(5000))]:
        bucket = bucket_of(value)
        assert lower_edge(bucket) * (1 - 1e-12) <= value <= upper_edge(bucket) * (1 + 1e-12)
        if bucket:
            assert abs(middle(bucket) / value - 1) <= RELATIVE_ERROR + 1e-12
    assert RELATIVE_ERROR < 0.01
    assert pytest.approx(2, rel=1e-4) == GROWTH**35


def test_what_was_added_is_taken_away_exactly() -> None:
    packed = pack({3: 2, 7: 1})
    more = {7: 5, 9: 1}
    assert added(added(packed, more), {bucket: -n for bucket, n in more.items()}) == packed
    assert dict(unpack(packed)) == {3: 2, 7: 1}


def test_percentiles_of_merged_histograms_are_within_one_per_cent() -> None:
    chance = np.random.default_rng(11)
    values = chance.lognormal(3.5, 0.8, 4000)
    rows = [_row(values[start::8]) for start in range(8)]
    tally = Histograms(rows).by(lambda _: "all")["all"]
    exact = np.sort(values)
    for p in (0.5, 0.95, 0.99):
        rank, low, high = quantile_ranks(4000, p)
        assert low is not None and high is not None
        found = tally.quantile(p)
        assert found.value == pytest.approx(exact[rank - 1], rel=0.0101)
        assert found.low is not None and exact[low - 1] / 1.021 <= found.low <= exact[low - 1]
        assert found.high is not None and exact[high - 1] <= found.high <= exact[high - 1] * 1.021
        over = tally.over(p)
        assert tally.at_most(bucket_of(exact[rank - 1])) == sum(values <= over)
    halves = Histograms(rows).by(lambda row: row.start % 2)
    assert merged(halves.values()).quantile(0.5) == tally.quantile(0.5)
    assert merged([]) is EMPTY


def _row(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Row:
    counts: dict[int, int] = {}
    for value in values:
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
    return Row(len(values) + len(counts), ("inference", 1), len(values), 0, pack(counts))
