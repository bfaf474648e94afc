"""The watch over the clock: what counts as time that passed, when age rules wait, and what is old enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_records import NOW, inference, send
from two_hands import TwoHands

from store.local.clock_watch import DAY_MS, HOUR_MS, LONGEST_STEP_MS, ClockWatch, Watched, advance
from store.local.opening import LocalStore, open_store

YEAR_MS = 365 * DAY_MS


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def store(tmp_path: Path, clock: TwoHands) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", clock)
    look(opened)
    yield opened
    opened.close()


def look(store: LocalStore) -> ClockWatch:
    store.database.submit(store.clock_watch.observe).result(60)
    return store.clock_watch


def keep_running(store: LocalStore, clock: TwoHands, hours: int) -> None:
    for _ in range(hours):
        clock.run(HOUR_MS)
        look(store)


def after(clock: TwoHands, store: LocalStore, jump: int) -> LocalStore:
    """The memory closed, and opened again when the wall clock had moved by that much."""
    store.close()
    clock.jump(jump)
    opened = open_store(store.database.path.parent, clock)
    look(opened)
    return opened


def test_what_arrived_is_as_old_as_the_time_that_passed(store: LocalStore, clock: TwoHands) -> None:
    send(store.statistics, inference(1), inference(2))
    keep_running(store, clock, 7)
    send(store.statistics, inference(3))
    keep_running(store, clock, 7)
    assert store.clock_watch.older_than(0) == 3
    assert store.clock_watch.older_than(6 * HOUR_MS) == 2
    assert store.clock_watch.older_than(14 * HOUR_MS) == 0
    assert store.clock_watch.why_not() is None


def test_a_weekend_switched_off_counts_at_once(store: LocalStore, clock: TwoHands) -> None:
    send(store.statistics, inference(1))
    look(store)
    store = after(clock, store, 3 * DAY_MS)
    assert store.clock_watch.may_judge_age()
    assert store.clock_watch.now().counted == 3 * DAY_MS
    store.close()


def test_two_months_switched_off_count_after_a_day_of_running(store: LocalStore, clock: TwoHands) -> None:
    store = after(clock, store, 60 * DAY_MS)
    watch = store.clock_watch
    assert not watch.may_judge_age()
    assert "went ahead by 60 days" in str(watch.why_not())
    assert "for 24 more hours" in str(watch.why_not())
    keep_running(store, clock, 20)
    store = after(clock, store, 8 * HOUR_MS)  # a night off does not begin the wait anew
    keep_running(store, clock, 3)
    assert "for 1 more hour," in str(store.clock_watch.why_not())
    keep_running(store, clock, 1)
    assert store.clock_watch.why_not() is None
    assert store.clock_watch.now().counted == 60 * DAY_MS + 32 * HOUR_MS
    store.close()


def test_the_user_may_say_that_the_date_is_right(store: LocalStore, clock: TwoHands) -> None:
    store = after(clock, store, 60 * DAY_MS)
    store.clock_watch.confirm().result(60)
    assert store.clock_watch.may_judge_age()
    store = after(clock, store, 0)
    assert store.clock_watch.now().counted == 60 * DAY_MS
    store.close()


@pytest.mark.parametrize("years", [10, -10])
@pytest.mark.parametrize("confirmed", [True, False])
def test_ten_years_never_make_anything_old(
    store: LocalStore, clock: TwoHands, years: int, confirmed: bool
) -> None:
    """Neither when the clock goes wrong, nor when it is right again, whatever the user says."""
    send(store.statistics, inference(1))
    look(store)
    for jump in (years * YEAR_MS, -years * YEAR_MS):
        store = after(clock, store, jump)
        assert store.clock_watch.may_judge_age() == (jump == -years * YEAR_MS and not confirmed)
        assert store.clock_watch.older_than(DAY_MS) == 0
        if confirmed:
            store.clock_watch.confirm().result(60)
        send(store.statistics, inference(2 if jump == years * YEAR_MS else 3))
        look(store)
        assert store.clock_watch.older_than(DAY_MS) == 0
    keep_running(store, clock, 30)
    assert store.clock_watch.may_judge_age()
    assert store.clock_watch.older_than(DAY_MS) == 3
    assert store.clock_watch.older_than(3 * DAY_MS) == 0
    store.close()


def test_a_jump_while_running_pauses_and_its_return_ends_the_pause(
    store: LocalStore, clock: TwoHands
) -> None:
    clock.jump(-2 * DAY_MS)
    assert "went back by 2 days" in str(store.clock_watch.why_not())
    clock.jump(2 * DAY_MS)
    assert store.clock_watch.may_judge_age()
    clock.jump(10 * YEAR_MS)
    assert "went ahead by 10 years" in str(store.clock_watch.why_not())


def test_a_second_jump_begins_the_wait_anew(store: LocalStore, clock: TwoHands) -> None:
    for _ in range(2):
        clock.jump(30 * DAY_MS)
        look(store)
        keep_running(store, clock, 23)
    assert not store.clock_watch.may_judge_age()
    keep_running(store, clock, 1)
    assert store.clock_watch.now().counted == (60 * DAY_MS) + 47 * HOUR_MS


def test_a_clock_that_is_moved_to_and_fro_counts_nothing_twice(store: LocalStore, clock: TwoHands) -> None:
    """A machine with two systems whose clocks differ by the time zone."""
    for _ in range(50):
        clock.jump(14 * HOUR_MS)
        look(store)
        clock.jump(-14 * HOUR_MS)
        look(store)
    assert store.clock_watch.may_judge_age()
    assert store.clock_watch.now().counted == 14 * HOUR_MS


def test_marks_are_few(store: LocalStore, clock: TwoHands) -> None:
    keep_running(store, clock, 48)
    with store.database.read() as db:
        assert db.execute_sql("SELECT count(*) FROM clock_mark").fetchone() == (9,)


years = st.integers(-20 * YEAR_MS, 20 * YEAR_MS)
steps = st.tuples(years | st.integers(-DAY_MS, 4 * DAY_MS), st.integers(0, 3 * DAY_MS))


@given(st.lists(steps))
def test_the_count_follows_what_ran_and_at_most_the_steps_forward(changes: list[tuple[int, int]]) -> None:
    now, ran, forward = Watched(NOW), 0, 0
    for step, running in changes:
        before, ran, forward = now, ran + running, forward + max(step, 0)
        now = advance(before, before.wall + step + running, running)
        assert now.counted >= before.counted + running
        assert now.counted - ran <= forward


@given(years.filter(lambda step: abs(step) > LONGEST_STEP_MS), st.lists(st.integers(0, 3 * DAY_MS)))
def test_a_step_that_nobody_believes_is_never_counted(step: int, runs: list[int]) -> None:
    now = advance(Watched(NOW), NOW + step, 0)
    for running in runs:
        now = advance(now, now.wall + running, running)
    assert now.counted == sum(runs)
