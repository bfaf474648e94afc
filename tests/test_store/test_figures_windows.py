"""Windows, their changes and their points, on a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import NOW, HandClock, inference, said, send, taken_back

from store.local.errors import StoreFull
from store.local.figures.forms import Performance
from store.local.figures.service import Figures
from store.local.figures.units import DAY, HOUR, WEEK, Span
from store.local.figures.windows import Asked, Frame, TooManyPoints
from store.local.opening import LocalStore, open_store

START = NOW // DAY * DAY  # midnight: the hour before it ends a window of whole days


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START + HOUR - 1)


@pytest.fixture
def store(tmp_path: Path, clock: HandClock) -> Iterator[LocalStore]:
    opened = open_store(tmp_path, clock)
    yield opened
    opened.close()


def figures(store: LocalStore, window: str = "24h", **asked: str) -> Performance:
    service = Figures(store.database, store.database.clock, {})
    return service.performance(Asked(window, **asked))  # type: ignore[arg-type]


def answers(store: LocalStore, numbers: range, time: int, **changes: object) -> None:
    send(store.statistics, *(inference(number, timestamp=time, **changes) for number in numbers))


def test_a_window_is_whole_hours_up_to_the_end_of_the_present_one() -> None:
    frame = Frame.of(Asked("24h"), START + 5, Span(0, START))
    assert frame.span == (START + HOUR - DAY, START + HOUR)
    assert frame.before == (START + HOUR - 2 * DAY, START + HOUR - DAY)
    assert frame.share == pytest.approx(23 / 24)


def test_a_span_is_hours_at_its_edges_and_days_between() -> None:
    span = Span(START + 22 * HOUR, START + 3 * DAY + 2 * HOUR)
    assert list(span.pieces()) == [
        (HOUR, START + 22 * HOUR, START + DAY),
        (DAY, START + DAY, START + 3 * DAY),
        (HOUR, START + 3 * DAY, START + 3 * DAY + 2 * HOUR),
    ]
    assert list(Span(START + HOUR, START + 3 * HOUR).pieces()) == [(HOUR, START + HOUR, START + 3 * HOUR)]
    assert list(Span(START, START).pieces()) == []


@pytest.mark.parametrize(("window", "bucket"), [("24h", HOUR), ("7d", HOUR), ("30d", DAY), ("90d", DAY)])
def test_buckets_are_chosen_by_the_window(window: str, bucket: int) -> None:
    assert Frame.of(Asked(window), NOW, Span(0, NOW)).bucket == bucket  # type: ignore[arg-type]
    assert Frame.of(Asked("all"), NOW, Span(0, NOW)).bucket == WEEK
    with pytest.raises(TooManyPoints, match="bucket"):
        Frame.of(Asked("all", "hour"), NOW, Span(0, NOW))


def test_weeks_begin_on_monday() -> None:
    frame = Frame.of(Asked("90d", "week"), NOW, Span(0, NOW))
    monday = frame.point(START)
    assert monday <= START < monday + WEEK
    assert (monday // DAY + 3) % 7 == 0  # day 0 was a Thursday


def test_a_change_is_against_as_long_a_time_before(store: LocalStore) -> None:
    answers(store, range(1, 11), START - 30 * HOUR, inferenceTime=100.0)
    answers(store, range(20, 50), START, inferenceTime=200.0)
    found = figures(store)
    change = found.counts.answers.change
    assert change is not None
    assert (found.counts.answers.value, round(change.value)) == (30, 20)
    assert change.low < 20 < change.high
    slower = found.latency[0].p50.change
    assert slower is not None
    assert slower.value == pytest.approx(100, rel=0.02)
    assert slower.low > 90


def test_nothing_before_is_no_change(store: LocalStore) -> None:
    answers(store, range(1, 11), START)
    found = figures(store)
    assert found.previous is None
    assert found.counts.answers.change is None
    assert found.latency[0].p50.change is None
    assert figures(store, "all").previous is None


def test_accuracy_changes_with_a_later_word(store: LocalStore) -> None:
    answers(store, range(1, 11), START)
    send(store.statistics, *(said(100 + number, number, None) for number in range(1, 11)))
    assert figures(store).accuracy.overall.value == 1.0
    send(store.statistics, said(200, 1, timestamp=NOW + DAY))  # later, of an answer that was counted long ago
    assert figures(store).accuracy.overall.value == 0.9
    assert figures(store).counts.corrections.value == 1
    send(store.statistics, taken_back(300, 1, 200))
    assert figures(store).accuracy.overall.value == 1.0
    assert figures(store).counts.corrections.value == 0


def test_i_do_not_know_counts_for_no_accuracy(store: LocalStore) -> None:
    answers(store, range(1, 3), START)
    unsure = {"isCorrect": None, "confidence": 0.5}
    send(store.statistics, said(100, 1, None), said(101, 2, userFeedback=unsure))
    found = figures(store)
    assert (found.accuracy.overall.n, found.counts.feedback.value) == (1, 2)


def test_a_record_that_comes_late_goes_where_it_belongs(store: LocalStore) -> None:
    answers(store, range(1, 3), START)
    assert figures(store).counts.answers.value == 2
    answers(store, range(3, 8), START - 40 * HOUR)
    assert figures(store).counts.answers.value == 2
    assert figures(store, "7d").counts.answers.value == 7


def test_a_clock_that_jumped_loses_nothing(store: LocalStore, clock: HandClock) -> None:
    answers(store, range(1, 3), START)
    answers(store, range(3, 6), START + 3650 * DAY)
    answers(store, range(6, 10), 0)
    assert figures(store).counts.answers.value == 2
    assert figures(store, "all").counts.answers.value == 9
    clock.now = START + 3650 * DAY
    assert figures(store).counts.answers.value == 3
    clock.now = 1
    assert figures(store).counts.answers.value == 4
    assert figures(store, "all").counts.answers.value == 9


def test_a_memory_that_cannot_be_written_shows_what_was_added_up(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(store, range(1, 3), START)
    figures(store)
    answers(store, range(3, 6), START)

    def full(*_: object, **__: object) -> None:
        raise StoreFull("The disk is full.", "Free some space.")

    monkeypatch.setattr(store.database, "submit", full)
    found = figures(store)
    assert (found.counts.answers.value, found.pending) == (2, 3)


def test_time_that_runs_out_is_told(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(store, range(1, 400), START)
    monkeypatch.setattr("store.local.figures.service.PATIENCE_S", 0.0)
    found = figures(store)
    assert 0 < found.pending < 399
    assert found.counts.answers.value == 399 - found.pending
