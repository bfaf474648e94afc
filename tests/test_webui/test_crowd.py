"""How many requests a collector answers at once, and when those who find no place come back; on a clock that
is only counted on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from webui.collector.crowd import LONGEST_S, USUAL_RATE, Crowd
from webui.problems import Problem


@dataclass
class Door:
    """A crowd of at most so many, at `now` seconds; `drawn` is what chance gives of 1000."""

    most: int = 1
    now: float = 100.0
    drawn: int = 0

    def __post_init__(self) -> None:
        self.crowd = Crowd(lambda _: self.drawn, self.most, lambda: self.now)

    def sent_away(self) -> int:
        """For how many seconds the next one is."""
        with pytest.raises(Problem) as found:
            self.crowd.enter()
        assert found.value.kind.status == 503
        return int(found.value.headers["Retry-After"])

    def answers(self, count: int) -> None:
        """So many requests, one after the other, where there is a place."""
        for _ in range(count):
            self.crowd.leave()
            self.crowd.enter()


@pytest.fixture
def full() -> Door:
    """One in which nobody finds a place."""
    door = Door()
    door.crowd.enter()
    return door


def test_whoever_leaves_gives_a_place() -> None:
    door = Door(most=2)
    door.crowd.enter()
    door.crowd.enter()
    assert door.sent_away() >= 1
    door.crowd.leave()
    door.crowd.enter()
    assert door.sent_away() >= 1


def test_each_comes_back_at_a_moment_of_its_own_at_a_third_of_the_rate(full: Door) -> None:
    told = [full.sent_away() for _ in range(199)]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (1, math.ceil(199 * 3 / USUAL_RATE))
    full.now += 30
    assert full.sent_away() == 1, "what was booked is over"


def test_those_of_one_moment_are_spread_over_a_second(full: Door) -> None:
    full.drawn = 999
    assert full.sent_away() == 2


def test_the_rate_is_that_at_which_places_are_given_back(full: Door) -> None:
    full.sent_away()
    full.now += 5
    full.answers(200)
    full.sent_away()
    assert full.crowd.spread_s(400) == 30
    full.now += 1
    full.answers(1)
    full.sent_away()
    assert full.crowd.spread_s(400) == 30, "one second tells nothing"


def test_a_rest_says_nothing_about_the_rate(full: Door) -> None:
    full.sent_away()
    full.now += 60
    full.answers(3)
    full.sent_away()
    assert full.crowd.spread_s(400) == 60
    full.now += 5
    full.answers(50)
    full.sent_away()
    assert full.crowd.spread_s(400) == 120, "what was before the rest is not counted"


def test_nobody_is_sent_away_for_longer_than_an_hour_however_slow_it_is(full: Door) -> None:
    full.sent_away()
    full.now += 5
    told = [full.sent_away() for _ in range(1000)]
    assert (told[0], told[99], max(told)) == (6, 600, LONGEST_S)
    assert (full.crowd.spread_s(10), full.crowd.spread_s(100_000)) == (60, LONGEST_S)
