"""Thresholds for "I don't know": what they cost is counted, and what is unknown lies below the floor."""

from __future__ import annotations

import numpy as np
import pytest
from clusters import clusters

from store.training.heads.fitting import fit_head
from store.training.heads.reject import (
    MOST_POINTS,
    confidence,
    curve,
    familiarity,
    floor_of,
    reject_facts,
    threshold_for,
)

CONFIDENCES = np.array([0.95, 0.9, 0.9, 0.7, 0.6, 0.4])
RIGHT = np.array([True, True, True, False, True, False])


def test_the_curve_counts_what_is_answered_and_what_of_it_is_wrong() -> None:
    found = [(point.threshold, point.answered, point.wrong) for point in curve(CONFIDENCES, RIGHT)]
    assert found == [(0.0, 6, 2), (0.4, 6, 2), (0.6, 5, 1), (0.7, 4, 1), (0.9, 3, 0), (0.95, 1, 0)]
    point = curve(CONFIDENCES, RIGHT)[2]
    assert (point.count, point.error) == (6, 0.2)
    assert point.low is not None
    assert point.high is not None
    assert point.low < 0.2 < point.high


@pytest.mark.parametrize(("error", "threshold"), [(0.5, 0.0), (0.3, 0.6), (0.2, 0.6), (0.1, 0.9), (0.0, 0.9)])
def test_a_threshold_is_set_by_its_measured_error(error: float, threshold: float) -> None:
    point = threshold_for(curve(CONFIDENCES, RIGHT), error)
    assert point is not None
    assert point.threshold == threshold


def test_where_all_is_wrong_no_threshold_helps() -> None:
    assert threshold_for(curve(CONFIDENCES, np.zeros(6, np.bool_)), 0.5) is None
    assert curve(CONFIDENCES[:0], RIGHT[:0]) == []


def test_many_answers_make_a_curve_of_fifty_points() -> None:
    random = np.random.default_rng(1)
    confidences = random.random(3000)
    points = curve(confidences, random.random(3000) < confidences)
    assert len(points) == MOST_POINTS
    thresholds = [point.threshold for point in points]
    assert (thresholds, thresholds[0]) == (sorted(thresholds), 0.0)
    assert [point.answered for point in points] == sorted((p.answered for p in points), reverse=True)
    half = threshold_for(points, 0.25)  # of a confidence c and more, (1 - c) / 2 are wrong
    assert half is not None
    assert half.threshold == pytest.approx(0.5, abs=0.08)


def test_what_is_unknown_is_less_familiar_than_what_is_known() -> None:
    embeddings, labels = clusters((40, 40, 40, 40, 40), seed=1, noise=0.8)
    known = labels < 3
    head = fit_head(embeddings[known], labels[known], ["a", "b", "c"], seed=0)
    held, truth = clusters((60, 60, 60, 60, 60), seed=2, noise=0.8)
    logits = head.logits(held)
    right = logits.argmax(axis=1) == truth
    floor = floor_of(familiarity(logits[truth < 3], head.temperature), right[truth < 3])
    assert floor is not None
    below = familiarity(logits, head.temperature) < floor
    assert below[right].mean() < 0.03
    assert below[truth >= 3].mean() > 0.5


def test_the_facts_are_those_of_the_curve() -> None:
    logits = np.array([[3.0, 0.0], [0.0, 1.0]] * 15)
    right = np.array([True, False] * 15)
    facts = reject_facts(logits, 2.0, right)
    sure = confidence(logits, 2.0)
    assert facts == {
        "n": 30,
        "floor": None,
        "curve": [[0.0, 30, 15], [sure[1], 30, 15], [sure[0], 15, 0]],
    }
    assert sure[0] == pytest.approx(1 / (1 + np.exp(-1.5)))
    twice = reject_facts(np.tile(logits, (2, 1)), 2.0, np.tile(right, 2))
    assert twice["floor"] == 1.5
