"""Every event of every device once, for ever, on both databases."""

from __future__ import annotations

import json
import threading

import pytest
from collecting import Sender, enrolled, event_id_of, inference, rows, value
from local_records import NOW

from store.collector.errors import TokenRefused
from store.collector.incoming import WrongBatch
from store.collector.ledger import Outcome
from store.collector.service import Collector
from store.protocol import Dropped


def codes(outcome: Outcome) -> dict[bytes, str]:
    return {each.event_id: each.code for each in outcome.rejected}


def test_a_batch_is_kept_and_the_same_again_changes_nothing(collector: Collector, sender: Sender) -> None:
    batch = sender.batch(*sender.records(20))
    assert collector.take(batch) == Outcome(20, 0, [])
    before = rows(collector.database, "SELECT * FROM event ORDER BY event_id")
    assert collector.take(batch) == Outcome(0, 20, [])
    assert rows(collector.database, "SELECT * FROM event ORDER BY event_id") == before
    assert value(collector.database, "SELECT count(*) FROM event_part") == 40
    assert collector.devices.all()[0].accepted == 20


def test_an_event_is_kept_as_it_was_sent(collector: Collector, sender: Sender) -> None:
    record = inference(
        "barn", "owl", userFeedback={"isCorrect": False, "correctedLabel": "kestrel"}, later=[1]
    )
    collector.take(
        sender.batch(
            sender.event(record, boot_id="0b" * 16, mono_ms=77, context="c"), contexts={"c": {"gpu": 1}}
        )
    )
    [found] = rows(
        collector.database,
        "SELECT seq, kind, session_id, recorded_at, received_at, mono_ms, boot_id, model_version, label, "
        "probability, picture, word, corrected, payload, info FROM event JOIN context ON hash = context",
    )
    *columns, payload, info = found
    picture = bytes.fromhex(record["picture"]["sha256"])
    assert columns == [
        1, "inference", "s1", NOW - 1000, NOW, 77, b"\x0b" * 16, "2.0", "owl", 0.75, picture, "wrong",
        "kestrel",
    ]  # fmt: skip
    light = {name: said for name, said in record.items() if name not in ("embedding", "crop")}
    assert json.loads(payload) == light
    assert json.loads(info) == {"gpu": 1}
    parts = rows(collector.database, "SELECT part, body FROM event_part ORDER BY part")
    assert parts == [("crop", b"crop of barn"), ("embedding", b"barn")]


def test_two_devices_may_use_the_same_ids(collector: Collector, sender: Sender) -> None:
    other = enrolled(collector, "other")
    collector.take(sender.batch(*sender.records(3)))
    assert collector.take(other.batch(*other.records(3))).accepted == 3
    assert value(collector.database, "SELECT count(*) FROM event") == 6


def test_the_same_id_with_other_content_is_refused(collector: Collector, sender: Sender) -> None:
    collector.take(sender.batch(*sender.records(2)))
    changed = sender.event(inference("picture 0", "kite"), event_id=event_id_of(1))
    outcome = collector.take(sender.batch(changed, *sender.records(1)))
    assert (outcome.accepted, outcome.duplicate) == (1, 0)
    assert codes(outcome) == {event_id_of(1): "conflict"}
    assert value(collector.database, "SELECT label FROM event WHERE seq = 1") == "owl"
    assert value(collector.database, "SELECT code FROM rejected_event") == "conflict"


def test_sharing_more_or_less_is_no_other_content(collector: Collector, sender: Sender) -> None:
    record = inference("barn")
    shy = {name: said for name, said in record.items() if name not in ("embedding", "crop")}
    shy["picture"] = {"sha256": record["picture"]["sha256"], "fileName": None}
    collector.take(sender.batch(sender.event(shy, event_id=event_id_of(1))))
    again = sender.batch(sender.event(record, event_id=event_id_of(1)))
    assert collector.take(again) == Outcome(0, 1, [])
    assert value(collector.database, "SELECT count(*) FROM event_part") == 2


def test_one_id_twice_in_a_batch_is_kept_once(collector: Collector, sender: Sender) -> None:
    first = sender.event(inference("barn"))
    twin = sender.event(inference("barn"), event_id=event_id_of(1))
    stranger = sender.event(inference("moor"), event_id=event_id_of(1))
    outcome = collector.take(sender.batch(first, twin, stranger))
    assert (outcome.accepted, outcome.duplicate) == (1, 1)
    assert codes(outcome) == {event_id_of(1): "conflict"}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"kind": 7}, "malformed"),
        ("text", "malformed"),
        (inference("x", label="nul\0"), "malformed"),
        (inference("x", embedding="?"), "malformed"),
        (inference("x", inferenceId="no uuid"), "malformed"),
        (inference("x", predictions=[{"className": "owl", "probability": 2}]), "malformed"),
        (inference("x", note="n" * 2**20), "oversize"),
    ],
)
def test_a_bad_record_fails_alone(collector: Collector, sender: Sender, record: object, code: str) -> None:
    events = [*sender.records(1), sender.event(record), *sender.records(1)]
    outcome = collector.take(sender.batch(*events))
    assert (outcome.accepted, outcome.duplicate) == (2, 0)
    assert codes(outcome) == {event_id_of(2): code}
    assert rows(collector.database, "SELECT event_id, code FROM rejected_event") == [(event_id_of(2), code)]


def test_what_was_refused_leaves_the_list_once_it_is_accepted(collector: Collector, sender: Sender) -> None:
    bad = sender.event({"kind": 7})
    collector.take(sender.batch(bad))
    mended = {**bad, "record": inference("barn")}
    assert collector.take(sender.batch(mended)).accepted == 1
    assert rows(collector.database, "SELECT code FROM rejected_event") == []


def test_an_event_that_cannot_be_named_makes_it_no_batch(collector: Collector, sender: Sender) -> None:
    with pytest.raises(WrongBatch, match="can't be told"):
        collector.take(sender.batch({**sender.event(inference("x")), "event_id": "short"}))
    with pytest.raises(WrongBatch, match="order"):
        collector.take(sender.batch(*reversed(sender.records(2))))
    with pytest.raises(WrongBatch, match="first_seq"):
        collector.take(sender.batch(*sender.records(2), last_seq=99))
    assert value(collector.database, "SELECT count(*) FROM event") == 0


def test_drops_are_noted_once(collector: Collector, sender: Sender) -> None:
    dropped = (Dropped("age", 5, 9, 5), Dropped("size", 12, 12, 1))
    assert collector.take(sender.batch(dropped=dropped)) == Outcome(0, 0, [])
    collector.take(sender.batch(dropped=dropped))
    found = rows(collector.database, "SELECT from_seq, to_seq, reason FROM dropped_range ORDER BY from_seq")
    assert found == [(5, 9, "age"), (12, 12, "size")]
    with pytest.raises(WrongBatch, match="dropped range"):
        collector.take(sender.batch(dropped=(Dropped("age", 20, 29, 9),)))


def test_a_wrong_clock_is_corrected_and_the_original_kept(collector: Collector, sender: Sender) -> None:
    ten_years = 10 * 365 * 86_400_000
    sender.sent_at = NOW - ten_years
    collector.take(sender.batch(sender.event(inference("x"), ts=NOW - ten_years - 5000)))
    sender.sent_at = NOW - 60_000
    collector.take(sender.batch(sender.event(inference("y"), ts=NOW - 70_000)))
    found = rows(collector.database, "SELECT recorded_at, recorded_original FROM event ORDER BY seq")
    assert found == [(NOW - 5000, NOW - ten_years - 5000), (NOW - 70_000, NOW - 70_000)]


def test_a_new_epoch_is_accepted_and_the_same_events_are_known(collector: Collector, sender: Sender) -> None:
    events = sender.records(3)
    collector.take(sender.batch(*events))
    sender.epoch = b"f" * 16
    restored = [{**event, "seq": event["seq"] + 10} for event in events]
    assert collector.take(sender.batch(*restored)) == Outcome(0, 3, [])
    assert collector.last_seqs(collector.devices.all()[0]) == {b"e" * 16: 3, b"f" * 16: 13}


def test_a_revoked_device_sends_nothing_more(collector: Collector, sender: Sender) -> None:
    collector.devices.revoke(sender.device_id, "admin")
    with pytest.raises(TokenRefused):
        collector.take(sender.batch(*sender.records(1)))
    assert value(collector.database, "SELECT count(*) FROM event") == 0


def test_what_a_device_still_has_is_remembered(collector: Collector, sender: Sender) -> None:
    sender.waiting = 4200
    collector.take(sender.batch(*sender.records(1)))
    [device] = collector.devices.all()
    assert (device.waiting, device.last_seen_at, device.clock_offset_ms) == (4200, NOW, 0)


def test_the_same_batch_from_many_threads_at_once_is_kept_once(collector: Collector, sender: Sender) -> None:
    batch = sender.batch(*sender.records(50))
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(collector.take(batch))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.accepted for outcome in outcomes) == [0, 0, 0, 50]
    assert sorted(outcome.duplicate for outcome in outcomes) == [0, 50, 50, 50]
    assert value(collector.database, "SELECT count(*) FROM event") == 50
