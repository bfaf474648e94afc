"""What is withdrawn or too old goes, on both databases; the ledger's keys stay, and nothing comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from collecting import Sender, enrolled, event_id_of, inference, rows, value
from local_records import NOW
from two_hands import TwoHands

from store.collector import withdrawal
from store.collector.errors import Unreachable
from store.collector.ledger import Outcome
from store.collector.service import Collector

DAY_MS = 86_400_000


def payloads(collector: Collector) -> list[dict[str, Any]]:
    found = rows(collector.database, "SELECT payload FROM event WHERE payload IS NOT NULL ORDER BY event_id")
    return [json.loads(payload) for (payload,) in found]


def parts(collector: Collector) -> list[str]:
    return [part for (part,) in rows(collector.database, "SELECT part FROM event_part ORDER BY part")]


def withdraw(collector: Collector, sender: Sender, scope: str, since: int | None = None) -> int:
    return collector.withdrawals.withdraw(sender.device_id, scope, since, sender.consent).events


def days_pass(collector: Collector, clock: TwoHands, count: int) -> None:
    for _ in range(count):
        clock.run(DAY_MS)
        collector.upkeep()


def test_everything_withdrawn_leaves_keys_alone(
    collector: Collector, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawal, "STEP", 2)
    other = enrolled(collector, "other")
    events = sender.records(5)
    collector.take(
        sender.batch(*events, {**sender.event(inference("x")), "context": "c"}, contexts={"c": {"a": 1}})
    )
    collector.take(other.batch(*other.records(2)))
    keys = "SELECT device_id, event_id, epoch, seq FROM event ORDER BY device_id, event_id"
    before = rows(collector.database, keys)
    assert withdraw(collector, sender, "all") == 6
    assert rows(collector.database, keys) == before
    told = rows(
        collector.database,
        "SELECT picture, label, session_id FROM event WHERE device_id = ?",
        sender.device_id,
    )
    assert set(told) == {(None, None, "")}
    assert rows(collector.database, "SELECT info FROM context") == []
    assert len(payloads(collector)) == 2
    assert len(parts(collector)) == 4


def test_what_was_withdrawn_does_not_come_back(collector: Collector, sender: Sender) -> None:
    events = sender.records(2)
    collector.take(sender.batch(*events))
    withdraw(collector, sender, "all")
    assert collector.take(sender.batch(*events)) == Outcome(0, 2, [])
    assert (payloads(collector), parts(collector)) == ([], [])
    other = sender.batch(sender.event(inference("another"), event_id=event_id_of(1)))
    assert [each.code for each in collector.take(other).rejected] == ["conflict"]
    late = collector.take(sender.batch(*sender.records(1)))
    assert [each.code for each in late.rejected] == ["erased"]
    sender.consent = 1
    assert collector.take(sender.batch(*sender.records(1))).accepted == 1
    assert collector.take(sender.batch(*events)) == Outcome(0, 2, [])
    assert (len(payloads(collector)), parts(collector)) == (1, ["crop", "embedding"])


@pytest.mark.parametrize(("scope", "left"), [("embeddings", "crop"), ("crops", "embedding")])
def test_a_heavy_part_is_withdrawn_alone(collector: Collector, sender: Sender, scope: str, left: str) -> None:
    collector.take(sender.batch(*sender.records(2)))
    assert withdraw(collector, sender, scope) == 2
    assert parts(collector) == [left, left]
    assert collector.take(sender.batch(*sender.records(1))).accepted == 1
    assert parts(collector) == [left] * 3
    sender.consent = 1
    collector.take(sender.batch(*sender.records(1)))
    assert parts(collector).count(left) == 4
    assert len(parts(collector)) == 5


@pytest.mark.parametrize(
    ("scope", "gone"), [("file_names", {"fileName"}), ("places", {"latitude", "longitude"})]
)
def test_names_and_places_are_withdrawn_alone(
    collector: Collector, sender: Sender, scope: str, gone: set[str]
) -> None:
    collector.take(sender.batch(*sender.records(2)))
    assert withdraw(collector, sender, scope) == 2
    collector.take(sender.batch(*sender.records(1)))
    whole = set(inference("x")["picture"])
    assert [set(payload["picture"]) for payload in payloads(collector)] == [whole - gone] * 3
    same, other = inference("picture 0"), inference("another")
    assert collector.take(sender.batch(sender.event(same, event_id=event_id_of(1)))).duplicate == 1
    told = collector.take(sender.batch(sender.event(other, event_id=event_id_of(2))))
    assert [each.code for each in told.rejected] == ["conflict"]


def test_what_a_failure_says_of_a_file_is_a_name_too(collector: Collector, sender: Sender) -> None:
    said = {"fileName": "diary.jpg", "says": "diary.jpg is cut", "bytes": 5}
    failure = {"kind": "event", "detail": said, "path": "home"}
    event = sender.event(failure)
    collector.take(sender.batch(event))
    assert withdraw(collector, sender, "file_names") == 1
    assert payloads(collector) == [{"kind": "event", "detail": {"bytes": 5}}]
    assert collector.take(sender.batch(event)).duplicate == 1


def test_only_what_was_recorded_since_then(collector: Collector, sender: Sender) -> None:
    old = sender.event(inference("old"), ts=NOW - 50_000)
    new = sender.event(inference("new"), ts=NOW - 10_000)
    collector.take(sender.batch(old, new))
    assert withdraw(collector, sender, "all", since=NOW - 20_000) == 1
    assert [payload["picture"]["fileName"] for payload in payloads(collector)] == ["old.jpg"]
    late = sender.batch(sender.event(inference("a"), ts=NOW - 60_000), sender.event(inference("b"), ts=NOW))
    assert (collector.take(late).accepted, len(collector.take(late).rejected)) == (1, 1)


def test_a_withdrawal_that_was_cut_is_ended_later(
    collector: Collector, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawal, "STEP", 2)
    collector.take(sender.batch(*sender.records(5)))
    step = withdrawal._step

    def cut(*arguments: Any) -> Any:
        if arguments[2] != b"":
            raise Unreachable("Cut.")
        return step(*arguments)

    monkeypatch.setattr(withdrawal, "_step", cut)
    with pytest.raises(Unreachable):
        withdraw(collector, sender, "all")
    assert len(payloads(collector)) == 3
    monkeypatch.setattr(withdrawal, "_step", step)
    collector.upkeep()
    assert payloads(collector) == []
    assert value(collector.database, "SELECT count(*) FROM tombstone WHERE done_at IS NOT NULL") == 1


def test_the_same_withdrawal_again_goes_on_with_its_tombstone(
    collector: Collector, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.take(sender.batch(*sender.records(2)))
    monkeypatch.setattr(withdrawal, "_step", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        withdraw(collector, sender, "all")
    monkeypatch.undo()
    assert withdraw(collector, sender, "all") == 2
    assert value(collector.database, "SELECT count(*) FROM tombstone") == 1


def test_what_is_too_old_goes_by_kind(collector: Collector, sender: Sender, clock: TwoHands) -> None:
    collector.take(sender.batch(*sender.records(3)))
    collector.retention.set_limit("crops", 2, "admin")
    collector.retention.set_limit("payloads", 4, "admin")
    days_pass(collector, clock, 1)
    assert (len(parts(collector)), len(payloads(collector))) == (6, 3)
    days_pass(collector, clock, 1)
    assert (parts(collector), len(payloads(collector))) == (["embedding"] * 3, 3)
    days_pass(collector, clock, 2)
    assert (parts(collector), payloads(collector)) == ([], [])
    assert value(collector.database, "SELECT count(*) FROM event") == 3
    assert collector.retention.limits() == {"payloads": 4, "embeddings": None, "crops": 2}


@pytest.mark.parametrize("years", [10, -10])
def test_a_jump_of_the_clock_makes_nothing_old(
    collector: Collector, sender: Sender, clock: TwoHands, years: int
) -> None:
    collector.retention.set_limit("payloads", 2, "admin")
    collector.take(sender.batch(*sender.records(1)))
    clock.jump(years * 365 * DAY_MS)
    collector.upkeep()
    collector.take(sender.batch(*sender.records(1)))
    clock.jump(-years * 365 * DAY_MS)
    collector.upkeep()
    assert len(payloads(collector)) == 2
