"""Two versions over the same pictures, and when what is known proves one of them better."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom

from store.local.learning.duels import PROOF, evidence


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (1, 0), (7, 0), (9, 2), (3, 12), (60, 40)])
def test_the_evidence_is_the_mean_likelihood_ratio_over_all_chances_above_evens(won: int, lost: int) -> None:
    right, _ = quad(lambda p: 2 * (2 * p) ** won * (2 * (1 - p)) ** lost, 0.5, 1)
    assert evidence(won, lost) == pytest.approx(right, rel=1e-9)


def test_seven_wins_in_a_row_are_proof_and_six_are_not() -> None:
    assert evidence(6, 0) < PROOF <= evidence(7, 0)


def test_whatever_one_waits_for_an_even_match_is_no_proof_on_average() -> None:
    n = 60
    mean = sum(binom.pmf(won, n, 0.5) * evidence(won, n - won) for won in range(n + 1))
    assert mean == pytest.approx(1)


def test_looking_after_every_picture_proves_what_is_not_so_in_one_case_of_20_at_most() -> None:
    wins = np.random.default_rng(5).random((400, 150)) < 0.5
    won = wins.cumsum(axis=1)
    table = np.array([[evidence(w, n - w) if w <= n else 0.0 for w in range(151)] for n in range(151)])
    ever = table[np.arange(1, 151), won].max(axis=1) >= PROOF
    assert ever.mean() < 1 / PROOF + 3 * np.sqrt(1 / PROOF / 400)
