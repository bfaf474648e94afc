"""The server's figures: so many hours are kept, whatever their dates, and the days keep every count."""

from __future__ import annotations

import pytest
from two_hands import TwoHands
from upkeep_support import Memory

from store.local.figures import hours_kept, timings
from store.local.figures.sums import Histogram
from store.local.figures.timings import HTTP, TimingKey
from store.local.figures.units import DAY, HOUR, floor_to
from store.local.opening import LocalStore

NAME = "GET /api/session"


def measure(store: LocalStore, *hours: int) -> None:
    """One request in each of these hours."""
    one = Histogram()
    one.add(1.0, 1000)
    taken = {TimingKey(start, HTTP, NAME, "2xx"): one for start in hours}
    store.database.submit(lambda db: timings.write(db.connection(), taken)).result(60)


def kept(store: LocalStore, unit: int) -> dict[int, int]:
    with store.database.read() as db:
        rows = db.execute_sql(
            "SELECT start, n FROM figure_timing WHERE unit = ? AND name = ?", (unit, NAME)
        ).fetchall()
    return dict(rows)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours_kept, "HOURS_KEPT", 30)


@pytest.mark.usefixtures("few")
def test_the_oldest_hours_go_and_the_days_stay(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    first = floor_to(DAY, clock.wall) - 10 * DAY
    hours = [first + number * 3 * HOUR for number in range(60)]
    measure(store, *hours)
    clock.run(DAY)
    upkeep.observe()
    of_the_first_day = hours[:8]
    assert sorted(kept(store, HOUR)) == [*of_the_first_day, *hours[-30:]]
    assert sum(kept(store, DAY).values()) == 60


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("years", [10, -10])
def test_a_clock_that_jumps_takes_no_hour_while_there_are_few(
    memory: Memory, clock: TwoHands, years: int
) -> None:
    store, upkeep = memory
    start = floor_to(DAY, clock.wall)
    hours = [start + number * 4 * HOUR for number in range(20)]
    measure(store, *hours)
    clock.jump(years * 365 * DAY)
    clock.run(HOUR)
    measure(store, floor_to(HOUR, clock.wall))
    upkeep.observe()
    assert set(hours) < set(kept(store, HOUR))
    assert len(kept(store, HOUR)) == 21
