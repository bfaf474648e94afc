"""Is a candidate as good as the model at work, and are its answers better than guessing?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.training.gates.gate import Gate

Right = NDArray[np.bool_]
Integers = NDArray[np.integer]

DRAWS = 2000
ENOUGH = 100  # pictures held back, from which on a difference can be judged
MOST_LOST = 0.03
CHANCE = 0.01  # how likely guessing may be to do as well
FEW = 30  # pictures held back, under which a good version may look like a lucky one
MOST_PICTURES = 200
_BLOCK = 2_000_000  # numbers at once


class Bounds(NamedTuple):
    """A difference of shares, and its lower and upper 95 % bound, each for itself."""

    value: float
    low: float
    high: float


def paired_bootstrap(candidate: Right, active: Right, seed: int, draws: int = DRAWS) -> Bounds:
    """Share right [n] of the candidate minus that of the active version on the same pictures.

    The percentile bootstrap over pictures (Efron and Tibshirani 1993, chapter 13). A picture counts +1, 0 or
    -1, so that drawing n pictures with replacement is one draw from a multinomial over these three.
    """
    count = len(candidate)
    difference = candidate.astype(np.int64) - active
    shares = np.array([np.count_nonzero(difference == value) for value in (-1, 0, 1)]) / count
    drawn = np.random.default_rng(seed).multinomial(count, shares, draws)
    low, high = np.quantile((drawn[:, 2] - drawn[:, 0]) / count, [0.05, 0.95])
    return Bounds(float(difference.mean()), float(low), float(high))


def accuracy_gate(candidate: Right, active: Right, pictures: Integers, seed: int) -> Gate:
    """Passes where the lower bound of the difference is above -3 points.

    With under 100 pictures it cannot tell, unless even the upper bound is below that.
    """
    count = len(candidate)
    if count == 0:
        return Gate("accuracy", None, "No picture was held back: nothing is known of how good it is.")
    bounds = paired_bootstrap(candidate, active, seed)
    passed: bool | None = bounds.low > -MOST_LOST
    if count < ENOUGH:
        passed = False if bounds.high < -MOST_LOST else None
    lost = np.concatenate([pictures[active & ~candidate], pictures[~active & ~candidate]])
    return Gate(
        "accuracy",
        passed,
        _sentence(int(candidate.sum()), int(active.sum()), count, bounds, passed),
        bounds.low,
        -MOST_LOST,
        lost[:MOST_PICTURES].tolist(),
    )


def _sentence(candidate: int, active: int, count: int, bounds: Bounds, passed: bool | None) -> str:
    told = (
        f"Of {count:,} pictures held back it gets {candidate:,} right, the model at work {active:,}: "
        f"a difference of {points(bounds.value)} points, at the least {points(bounds.low)}."
    )
    if passed is None:
        return f"{told} These pictures are too few to know."
    return told if passed else f"{told} It may be more than {100 * MOST_LOST:.0f} points worse."


def points(share: float) -> str:
    """A share in points with its sign: +2.5, −0.8, 0.0."""
    shown = f"{100 * share:+.1f}"
    return "0.0" if shown in ("+0.0", "-0.0") else shown.replace("-", "\N{MINUS SIGN}")


def chance_gate(
    answers: Integers, wanted: Integers, pictures: Integers, seed: int, draws: int = DRAWS
) -> Gate:
    """Passes where the answers [h] meet what is wanted [h] more often than the same answers shuffled.

    Under `FEW` pictures it cannot tell of answers that do better than most shuffles, if not than nearly all.
    A permutation test (Fisher 1935; the share of agreement is Cohen's, 1960). The model at work cannot stand
    in for it: it may know none of the labels, and then anything is better.
    """
    count, wrong = len(answers), answers != wanted
    if count == 0:
        return Gate("chance", None, "No picture was held back: its answers may be guesses.")
    met = count - int(wrong.sum())
    as_good = (1 + int((_by_chance(answers, wanted, seed, draws) >= met).sum())) / (draws + 1)
    passed = _is_more(as_good, count)
    sentence = f"It gets {met:,} of {count:,} pictures held back right{_MORE[passed]}"
    return Gate("chance", passed, sentence, as_good, CHANCE, pictures[wrong][:MOST_PICTURES].tolist())


_MORE = {
    True: ", which is more than guessing.",
    False: ", which guessing may well do, too.",
    None: ". These pictures are too few to tell that from guessing.",
}


def _is_more(as_good: float, count: int) -> bool | None:
    if as_good < CHANCE:
        return True
    return None if count < FEW and as_good < 1 / 2 else False


def _by_chance(answers: Integers, wanted: Integers, seed: int, draws: int) -> Integers:
    """How many answers meet what is wanted, in random orders [draws]."""
    random = np.random.default_rng(seed)
    at_once = max(1, _BLOCK // len(answers))
    found = []
    for first in range(0, draws, at_once):
        rows = np.broadcast_to(answers, (min(at_once, draws - first), len(answers)))
        found.append((random.permuted(rows, axis=1) == wanted).sum(axis=1))
    return np.concatenate(found)
