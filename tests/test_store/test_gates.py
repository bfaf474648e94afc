"""Each gate by itself, on answers that were made up: what it refuses, what it lets through, what it says."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from held_back import answers_of

from store.training.gates.accuracy import accuracy_gate, chance_gate, paired_bootstrap, points
from store.training.gates.classes import binomial_tail, classes_gate, hypergeometric_tail
from store.training.gates.gate import Gate, wanted
from store.training.gates.judging import judge
from store.training.gates.numbers import network_parity_gate, space_gate


def rights(right: int, count: int) -> np.ndarray:
    return np.arange(count) < right


def accuracy(candidate: np.ndarray, active: np.ndarray) -> Gate:
    return accuracy_gate(candidate, active, np.arange(len(candidate)) + 1000, seed=1)


def test_the_bootstrap_is_that_of_drawing_pictures_with_replacement() -> None:
    random = np.random.default_rng(5)
    candidate, active = random.random(150) < 0.8, random.random(150) < 0.7
    found = paired_bootstrap(candidate, active, seed=1, draws=20_000)
    rows = random.integers(0, 150, (20_000, 150))
    drawn = candidate[rows].mean(axis=1) - active[rows].mean(axis=1)
    assert found.value == pytest.approx(candidate.mean() - active.mean())
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=0.006)
    assert paired_bootstrap(candidate, active, seed=1) == paired_bootstrap(candidate, active, seed=1)


@pytest.mark.parametrize(
    ("candidate", "active", "count", "passed"),
    [
        (90, 80, 100, True),
        (180, 180, 200, True),
        (172, 180, 200, False),  # 4 points worse
        (178, 180, 200, True),  # 1 point worse, and at the least 2
        (95, 80, 99, None),  # better, but who knows
        (78, 80, 99, None),
        (20, 80, 99, False),  # so few are enough to see this
        (1, 9, 10, False),
    ],
)
def test_accuracy_passes_by_its_lower_bound(
    candidate: int, active: int, count: int, passed: bool | None
) -> None:
    gate = accuracy(rights(candidate, count), rights(active, count))
    assert gate.passed is passed
    assert (gate.name, gate.limit) == ("accuracy", -0.03)
    assert (
        f"Of {count} pictures held back it gets {candidate} right, the model at work {active}"
        in gate.sentence
    )
    assert ("too few to know" in gate.sentence) is (passed is None)


def test_accuracy_is_paired() -> None:
    """The same shares, but of other pictures: what was lost was lost, and the bound says so."""
    active = rights(160, 200)
    assert accuracy(active, active).passed is True
    assert accuracy(active[::-1], active).passed is False


def test_the_pictures_that_were_lost_come_first() -> None:
    candidate, active = rights(98, 100), rights(99, 100)
    assert list(accuracy(candidate, active).pictures) == [1098, 1099]


def test_nothing_held_back_tells_nothing() -> None:
    nothing = answers_of(["a", "b"], [])
    gates = judge(nothing, nothing, [], np.zeros(0, np.int64), seed=1)
    assert [gate.passed for gate in gates] == [None] * 3


def chance(answers: np.ndarray, truth: np.ndarray) -> Gate:
    return chance_gate(answers, truth, np.arange(len(truth)), seed=2)


def test_guessing_is_found_out_however_common_a_label_is() -> None:
    random = np.random.default_rng(3)
    truth = (random.random(200) < 0.1).astype(np.int64)
    assert chance(np.zeros(200, np.int64), truth).passed is False  # 90 % right
    assert chance((random.random(200) < 0.1).astype(np.int64), truth).passed is False
    half_seen = np.where(random.random(200) < 0.5, truth, 0)
    assert chance(half_seen, truth).passed is True


def test_a_few_right_answers_are_more_than_chance() -> None:
    truth = np.repeat([0, 1, 2], 4)
    assert chance(truth, truth).passed is True
    assert chance(np.roll(truth, 4), truth).passed is False
    assert list(chance(np.roll(truth, 1), truth).pictures) == [0, 4, 8]


def test_of_a_handful_it_cannot_be_told_whether_most_of_them_right_is_luck() -> None:
    truth = np.repeat([0, 1, 2, 3], [2, 3, 1, 2])
    assert chance(np.where(np.arange(8) == 3, 0, truth), truth).passed is True
    half = chance(np.array([0, 1, 1, 1, 0, 0, 3, 1]), truth)
    assert half.passed is None
    assert half.sentence.startswith("It gets 4 of 8") and "too few to tell" in half.sentence
    assert chance(np.roll(truth, 3), truth).passed is False, "worse than most guesses needs no more pictures"
    two = np.tile([0, 1], 20)
    mostly = np.where(np.arange(40) < 17, 1 - two, two)
    assert chance(mostly, two).passed is False
    assert chance(mostly[4:32], two[4:32]).passed is None


LABELS = ["curlew", "whimbrel", "knot"]


def classes(
    truth: list[str | None], candidate: list[str], active: list[str], labels: list[str] | None = None
) -> Gate:
    version = answers_of(labels or LABELS, candidate)
    right, before = (
        np.array([s == t for s, t in zip(said, truth, strict=True)]) for said in (candidate, active)
    )
    return classes_gate(truth, version, right, before, np.arange(len(truth)))


def test_a_label_that_falls_by_more_than_its_interval_is_named() -> None:
    truth = ["curlew"] * 20 + ["whimbrel"] * 20
    fallen = ["curlew"] * 20 + ["whimbrel"] * 14 + ["curlew"] * 6
    gate = classes(list(truth), fallen, truth)
    assert gate.passed is False
    assert "“whimbrel” 14 of 20 right (the model at work 20)" in gate.sentence
    assert list(gate.pictures) == [34, 35, 36, 37, 38, 39]
    assert gate.figure == pytest.approx(-0.3)


def test_a_fall_within_chance_passes() -> None:
    truth = ["curlew"] * 20 + ["whimbrel"] * 20
    assert classes(list(truth), ["curlew"] * 20 + ["whimbrel"] * 16 + ["curlew"] * 4, truth).passed is True


def test_what_is_gained_weighs_against_what_is_lost() -> None:
    truth = ["curlew"] * 20 + ["whimbrel"] * 20
    before = ["curlew"] * 20 + ["whimbrel"] * 14 + ["curlew"] * 6
    now = ["curlew"] * 20 + ["curlew"] * 6 + ["whimbrel"] * 14
    assert classes(list(truth), now, before).passed is True


def test_rare_labels_are_judged_together() -> None:
    truth = ["curlew"] * 20 + ["knot"] * 4 + ["whimbrel"] * 4
    gate = classes(list(truth), ["curlew"] * 28, truth)
    assert gate.passed is False
    assert "the rarer labels together” 0 of 8 right" in gate.sentence
    assert classes(list(truth[:24]), ["curlew"] * 24, truth[:24]).passed is True  # four can not be judged


def test_a_label_that_is_offered_and_never_found_fails_though_nobody_knew_it_before() -> None:
    truth = ["curlew"] * 20 + ["knot"] * 8
    unknown = ["curlew"] * 28
    assert classes(list(truth), unknown, unknown).passed is False
    assert classes(list(truth), unknown, unknown, ["curlew", "whimbrel"]).passed is True
    half = ["curlew"] * 24 + ["knot"] * 4
    assert classes(list(truth), half, unknown).passed is True


def test_none_of_these_is_no_label_that_could_fall() -> None:
    assert classes([None] * 10, ["curlew"] * 10, ["knot"] * 10).passed is None


def test_the_tails_are_exact() -> None:
    assert binomial_tail(0, 0) == 1.0
    assert binomial_tail(5, 5) == 1 / 32
    assert binomial_tail(10, 3) == pytest.approx(1 - (1 + 10 + 45) / 1024)
    assert hypergeometric_tail(10, 4, 3, 0) == 1.0
    assert hypergeometric_tail(10, 4, 3, 2) == pytest.approx((comb(4, 2) * 6 + comb(4, 3)) / comb(10, 3))


def test_other_is_right_for_what_cannot_be_named() -> None:
    truth = ["curlew", "bittern", None]
    assert wanted(answers_of(["curlew", "other"], []), truth) == ["curlew", "other", "other"]
    without = answers_of(["curlew", "knot"], ["curlew", "knot", "knot"])
    told = wanted(without, truth)
    assert [said == right for said, right in zip(without.first(), told, strict=True)] == [True, False, False]


def test_numbers_that_are_none_are_no_parity() -> None:
    wanted_numbers = np.ones((2, 3))
    assert network_parity_gate(wanted_numbers * 1.0005, wanted_numbers).passed is True
    assert network_parity_gate(wanted_numbers * 1.002, wanted_numbers).passed is False
    assert network_parity_gate(np.full((2, 3), np.nan), wanted_numbers).passed is False
    assert "(apart by 0.05 %)" in network_parity_gate(wanted_numbers * 1.0005, wanted_numbers).sentence
    assert "(apart by less than 0.001 %)" in network_parity_gate(wanted_numbers, wanted_numbers).sentence


def test_other_preprocessing_is_another_space() -> None:
    random = np.random.default_rng(1)
    stored = random.gamma(1.0, 0.4, (9, 1280))
    noise = random.normal(0, 1, stored.shape)
    noise *= np.linalg.norm(stored, axis=1, keepdims=True) / np.linalg.norm(noise, axis=1, keepdims=True)
    assert space_gate(stored, stored + 0.2 * noise).passed is True
    assert space_gate(stored, stored + 0.33 * noise).passed is False
    assert space_gate(stored[:0], stored[:0]).passed is None


@pytest.mark.parametrize(
    ("share", "told"), [(0.025, "+2.5"), (-0.008, "\N{MINUS SIGN}0.8"), (-0.0001, "0.0")]
)
def test_points_have_a_sign(share: float, told: str) -> None:
    assert points(share) == told


def test_a_gate_is_kept_as_json() -> None:
    assert Gate("accuracy", None, "So.", 0.5, -0.03, [3]).to_json() == {
        "name": "accuracy",
        "passed": None,
        "figure": 0.5,
        "limit": -0.03,
        "sentence": "So.",
        "pictures": [3],
    }
