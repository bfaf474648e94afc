"""When it is time to learn anew, and the figures that say so: pure functions."""

from __future__ import annotations

import random
from collections import Counter
from math import log2

import pytest

from store.drift.accuracy import (
    AccuracyChange,
    Drawn,
    Share,
    Way,
    audited,
    audited_change,
    volunteered_change,
)
from store.drift.distribution import Shift, divergence, shift
from store.drift.triggers import DAY_MS, Evidence, Limits, due, limits_of
from store.local.setting_names import defaults

ONE = Share(0.9, 0.85, 0.93, 200)


def change(drop: float, low: float) -> AccuracyChange:
    return AccuracyChange("feedback", ONE, ONE, drop, low, drop + 5)


def moved(bits: float, chance: float) -> Shift:
    return Shift(bits, 0.1, chance, 500, 500, 20)


@pytest.mark.parametrize(
    ("evidence", "causes"),
    [
        (Evidence(0, 0, 1), []),
        (Evidence(0, 0, 999), []),
        (Evidence(0, 0, 1000), ["data"]),
        (Evidence(0, 7 * DAY_MS - 1, 1), []),
        (Evidence(0, 7 * DAY_MS, 1), ["age"]),
        (Evidence(0, 7 * DAY_MS, 0), []),
        (Evidence(0, None, 1), []),
        (Evidence(0, 0, 1, "v", change(10.0, 4.0)), []),
        (Evidence(0, 0, 1, "v", change(10.1, 4.0)), ["accuracy"]),
        (Evidence(0, 0, 1, "v", change(30.0, -0.1)), []),
        (Evidence(0, 0, 1, "v", None, moved(0.3, 0.001)), ["distribution"]),
        (Evidence(0, 0, 1, "v", None, moved(0.3, 0.02)), []),
        (Evidence(0, 0, 1, "v", None, moved(0.1, 0.001)), []),
        (Evidence(0, 9 * DAY_MS, 2000, "v", change(20, 9), moved(0.9, 0.001)),
         ["accuracy", "distribution", "data", "age"]),
    ],
)  # fmt: skip
def test_the_causes_under_the_limits_of_the_seed(evidence: Evidence, causes: list[str]) -> None:
    assert due(evidence, limits_of(defaults())) == causes


def test_a_cause_can_be_switched_off() -> None:
    everything = Evidence(0, 9 * DAY_MS, 2000, "v", change(20, 9), moved(0.9, 0.001))
    assert due(everything, Limits(None, None, None, None)) == []


def test_people_who_report_errors_do_not_make_the_audited_figure_too_low() -> None:
    """1,000 drawn, 80 % right; of what is wrong half is reported, of the rest 100 were looked at."""
    drawn = [Drawn("volunteered", False)] * 100
    drawn += [Drawn("reviewed", True)] * 89 + [Drawn("reviewed", False)] * 11 + [Drawn("open", None)] * 800
    found, n = audited(drawn)
    assert n == 200
    assert found.value == pytest.approx(0.9 * 0.89)
    assert found.low is not None and found.high is not None
    assert found.low < 0.8 < found.high and found.high - found.low < 0.15


def test_the_interval_of_the_audited_figure_covers_what_is_true() -> None:
    covered = 0
    for seed in range(300):
        chance = random.Random(seed)
        drawn = []
        for _ in range(150):
            right = chance.random() < 0.8
            told = chance.random() < (0.05 if right else 0.5)
            looked = chance.random() < 0.6
            way: Way = "volunteered" if told else "reviewed" if looked else "open"
            drawn.append(Drawn(way, None if way == "open" else right))
        found, _ = audited(drawn)
        assert found.low is not None and found.high is not None
        covered += found.low <= 0.8 <= found.high
    assert 277 <= covered <= 297  # 95 % of them, give or take what chance does


@pytest.mark.parametrize(
    "drawn", [[], [Drawn("open", None)], [Drawn("volunteered", False), Drawn("open", None)]]
)
def test_without_a_look_at_the_others_there_is_no_audited_figure(drawn: list[Drawn]) -> None:
    assert audited(drawn) == ((None, None, None), 0)


def test_a_fall_is_told_with_its_interval() -> None:
    found = volunteered_change([True] * 90 + [False] * 10 + [True] * 70 + [False] * 30)
    assert found is not None
    assert (found.before.value, found.now.value, found.drop) == (0.9, 0.7, 20.0)
    assert 0 < found.low < 20 < found.high
    same = audited_change([Drawn("reviewed", right) for right in [True] * 90 + [False] * 10] * 2)
    assert same is not None and (same.source, same.drop) == ("audited", 0.0)
    assert volunteered_change([True] * 59) is None
    assert volunteered_change([True] * 60) is not None


def test_the_divergence_by_hand() -> None:
    """Half a, half b against all a: H(3/4, 1/4) - H(1/2, 1/2) / 2."""
    by_hand = -(0.75 * log2(0.75) + 0.25 * log2(0.25)) - 0.5
    assert divergence(Counter(a=5, b=5), Counter(a=7)) == pytest.approx(by_hand)
    assert divergence(Counter(a=1), Counter(b=9)) == pytest.approx(1.0)
    assert divergence(Counter(a=1, b=2), Counter(a=10, b=20)) == pytest.approx(0.0, abs=1e-12)


def outings(seed: int, count: int, labels: str) -> list[Counter[str]]:
    """Days, each with a favourite label of its own: answers of one day resemble each other."""
    chance = random.Random(seed)
    return [Counter([chance.choice(labels)] * 30 + chance.choices(labels, k=20)) for _ in range(count)]


def test_days_that_differ_by_themselves_are_no_shift() -> None:
    """Taken one by one the answers would say so nearly always; by days they do about once in a hundred."""
    found = [shift(outings(seed, 8, "abcd"), outings(1000 + seed, 8, "abcd"), seed=1) for seed in range(60)]
    assert sum(one is not None and one.chance < 0.01 for one in found) <= 3


def test_other_labels_are_a_shift() -> None:
    found = shift(outings(1, 8, "abcd"), outings(2, 8, "cdef"), seed=1)
    assert found is not None
    assert found.divergence > 0.2 and found.divergence > found.bound and found.chance < 0.01
    assert (found.before, found.now, found.blocks) == (400, 400, 16)
    assert found == shift(outings(1, 8, "abcd"), outings(2, 8, "cdef"), seed=1)


def test_from_one_day_each_or_few_answers_nothing_is_known() -> None:
    alone = shift([Counter(a=500)], [Counter(b=500)], seed=1)
    assert alone is not None and alone.divergence == pytest.approx(1.0) and alone.chance > 0.01
    assert shift([Counter(a=99)], [Counter(b=500)], seed=1) is None
