"""What came in is counted once, and taken back exactly, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from collecting import Sender, enrolled, event_id_of, inference, rows, said_of, value

from store.collector import counting, last_words
from store.collector.database import CollectorDatabase
from store.collector.service import Collector
from store.local.figures import buckets

WORDS = "SELECT event_id, word, named, answer, blind FROM last_word ORDER BY event_id"
TIMES = (
    "SELECT day, model_version, measure, n, total, buckets FROM timing ORDER BY measure, model_version, day"
)


def words(collector: Collector) -> dict[bytes, list[Any]]:
    return {bytes(event_id): rest for event_id, *rest in rows(collector.database, WORDS)}


def pictures(collector: Collector) -> int:
    told = value(collector.database, "SELECT coalesce(sum(n), 0) FROM timing WHERE measure = 'pictures'")
    return int(told)


def test_times_are_counted_once_whatever_comes_twice(collector: Collector, sender: Sender) -> None:
    events = sender.records(5)
    collector.take(sender.batch(*events[:3]))
    collector.take(sender.batch(*events))
    assert collector.count() == 0
    collector.take(sender.batch(*events))
    assert collector.count() == 0
    assert pictures(collector) == 5
    ((_, version, _, n, total, packed),) = rows(
        collector.database, TIMES.replace("timing", "timing WHERE measure = 'inference'")
    )
    assert (version, n, total) == ("2.0", 5, 5 * 35_200)
    assert dict(buckets.unpack(bytes(packed))) == {buckets.bucket_of(35.2): 5}


def test_one_that_is_cut_in_the_middle_counts_nothing(
    collector: Collector, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.take(sender.batch(*sender.records(5)))
    with monkeypatch.context() as cut, pytest.raises(ZeroDivisionError):
        cut.setattr(last_words, "look_again", lambda *_: 1 / 0)
        collector.count()
    assert pictures(collector) == 0
    collector.count()
    assert pictures(collector) == 5


def test_the_last_word_counts_and_can_be_taken_back(collector: Collector, sender: Sender) -> None:
    first, second, third = (sender.event(inference(name, "owl")) for name in "abc")
    about = [event["event_id"] for event in (first, second, third)]
    right = sender.event(said_of(about[0], isCorrect=True), ts=1000)
    wrong = sender.event(said_of(about[0], isCorrect=False, correctedLabel="kite"), ts=2000)
    unsure = sender.event(said_of(about[1], isCorrect=None), ts=1000)
    blind = sender.event({**said_of(about[2], isCorrect=False, correctedLabel="owl"), "blind": True})
    collector.take(sender.batch(first, second, third, right, wrong, unsure, blind))
    collector.count()
    one, two, three = map(bytes.fromhex, about)
    assert words(collector) == {
        one: ["wrong", "kite", "owl", 0],
        two: ["unsure", None, "owl", 0],
        three: ["wrong", "owl", "owl", 1],
    }
    back = said_of(about[0], retracts=wrong["event_id"])
    collector.take(sender.batch(sender.event(back, ts=3000)))
    collector.count()
    assert words(collector)[one] == ["right", "owl", "owl", 0]


def test_a_word_that_came_with_the_answer_can_be_taken_back(collector: Collector, sender: Sender) -> None:
    answer = sender.event(inference("a", "owl", userFeedback={"isCorrect": True}))
    collector.take(sender.batch(answer))
    collector.count()
    assert list(words(collector).values()) == [["right", "owl", "owl", 0]]
    collector.take(sender.batch(sender.event(said_of(answer["event_id"], retracts=answer["event_id"]))))
    collector.count()
    assert words(collector) == {}


def test_a_word_that_came_before_its_answer_counts(collector: Collector, sender: Sender) -> None:
    word = sender.event(said_of(event_id_of(2).hex(), isCorrect=True))
    collector.take(sender.batch(word))
    collector.count()
    assert words(collector) == {}
    collector.take(sender.batch(sender.event(inference("late"))))
    collector.count()
    assert words(collector)[event_id_of(2)][0] == "right"


def test_what_is_withdrawn_leaves_the_figures_as_if_it_had_never_been(
    collector: Collector, sender: Sender
) -> None:
    other = enrolled(collector, "other")
    collector.take(other.batch(*other.records(3)))
    collector.count()
    before = rows(collector.database, TIMES)
    told = inference("a", userFeedback={"isCorrect": True})
    collector.take(sender.batch(*sender.records(4), sender.event(told)))
    collector.withdrawals.withdraw(sender.device_id, "all", None, 0)
    assert collector.count() == 0
    assert rows(collector.database, TIMES) == before
    assert words(collector) == {}


def test_retention_keeps_the_figures_and_no_name(
    collector_database: CollectorDatabase, collector: Collector, sender: Sender
) -> None:
    told = inference("a", userFeedback={"isCorrect": False, "correctedLabel": "kite"})
    collector.take(sender.batch(sender.event(told)))
    collector.retention.set_limit("payloads", 1, "admin")
    with collector_database.write() as session:
        session.change("INSERT INTO counted_day (number, wall_day, first_at) VALUES (9, 9, 9)")
    collector.retention.run()
    assert pictures(collector) == 1
    assert list(words(collector).values()) == [["wrong", None, None, 0]]
    assert value(collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 0


def test_a_database_that_counted_nothing_before_counts_all(collector: Collector, sender: Sender) -> None:
    told = inference("a", userFeedback={"isCorrect": True})
    collector.take(sender.batch(*sender.records(4), sender.event(told), sender.event({"kind": "event"})))
    with collector.database.write() as session:
        session.change("DELETE FROM uncounted")
        counting.note_all(session, 1)
    assert collector.count() == 0
    assert (pictures(collector), len(words(collector))) == (5, 1)
