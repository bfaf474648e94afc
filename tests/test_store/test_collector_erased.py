"""What was erased at its device goes at the collector, once and for good, on both databases."""

from __future__ import annotations

import hashlib

from collecting import Sender, enrolled, event_id_of, inference, rows, said_of, value

from store.collector.ledger import ERASED, Outcome
from store.collector.service import Collector
from store.protocol import Range

KEPT = "SELECT event_id FROM event WHERE payload IS NOT NULL ORDER BY event_id"


def kept(collector: Collector) -> list[bytes]:
    return [bytes(event_id) for (event_id,) in rows(collector.database, KEPT)]


def parts(collector: Collector) -> int:
    return int(value(collector.database, "SELECT count(*) FROM event_part"))


def test_one_event_goes_and_its_key_stays(collector: Collector, sender: Sender) -> None:
    other = enrolled(collector, "other")
    collector.take(sender.batch(*sender.records(3)))
    collector.take(other.batch(*other.records(3)))
    assert collector.erasing.erase(sender.device_id, [event_id_of(2)]) == 1
    assert kept(collector).count(event_id_of(2)) == 1  # the other device's
    assert len(kept(collector)) == 5
    assert parts(collector) == 10
    blank = "SELECT label, picture, session_id FROM event WHERE device_id = ? AND event_id = ?"
    assert rows(collector.database, blank, sender.device_id, event_id_of(2)) == [(None, None, "")]
    assert collector.take(other.batch(*other.records(1))).accepted == 1


def test_it_does_not_come_back_and_one_that_comes_later_stays_out(
    collector: Collector, sender: Sender
) -> None:
    events = sender.records(3)
    collector.take(sender.batch(*events[:2]))
    assert collector.erasing.erase(sender.device_id, [event_id_of(2), event_id_of(3)]) == 1
    assert collector.erasing.erase(sender.device_id, [event_id_of(2), event_id_of(3)]) == 0
    told = collector.take(sender.batch(*events))
    assert (told.accepted, told.duplicate) == (0, 2)
    assert [(each.event_id, each.code, each.reason) for each in told.rejected] == [
        (event_id_of(3), "erased", ERASED)
    ]
    assert (kept(collector), parts(collector)) == ([event_id_of(1)], 2)
    assert value(collector.database, "SELECT count(*) FROM audit WHERE what = 'erased-at-device'") == 1


def test_the_figures_forget_it_and_what_was_said_of_it(collector: Collector, sender: Sender) -> None:
    answer = sender.event(inference("a"))
    word = sender.event(said_of(answer["event_id"], isCorrect=True), ts=2000)
    later = sender.event(said_of(answer["event_id"], isCorrect=False), ts=3000)
    collector.take(sender.batch(answer, word, later, *sender.records(2)))
    collector.count()
    one_word = "SELECT word FROM last_word"
    assert rows(collector.database, one_word) == [("wrong",)]
    collector.erasing.erase(sender.device_id, [bytes.fromhex(later["event_id"])])
    assert rows(collector.database, one_word) == [("right",)]
    collector.erasing.erase(sender.device_id, [bytes.fromhex(answer["event_id"])])
    assert rows(collector.database, one_word) == []
    assert value(collector.database, "SELECT sum(n) FROM timing WHERE measure = 'pictures'") == 2


def test_a_comparison_leaves_it_out_on_both_sides(collector: Collector, sender: Sender) -> None:
    collector.take(sender.batch(*sender.records(3)))
    collector.erasing.erase(sender.device_id, [event_id_of(2)])
    told = hashlib.sha256()
    for seq in (1, 3):
        told.update(seq.to_bytes(8, "big") + event_id_of(seq))
    device = collector.devices.find("laptop")
    found = collector.compare(device, sender.epoch, [Range(1, 3, 2, told.hexdigest())])
    assert (found.same, found.different) == ([0], [])


def test_the_machine_is_forgotten_with_its_last_event(collector: Collector, sender: Sender) -> None:
    first, second = ({**sender.event(inference(name)), "context": "c"} for name in "ab")
    collector.take(sender.batch(first, second, contexts={"c": {"gpu": "x"}}))
    count = "SELECT count(*) FROM context"
    collector.erasing.erase(sender.device_id, [bytes.fromhex(first["event_id"])])
    assert value(collector.database, count) == 1
    collector.erasing.erase(sender.device_id, [bytes.fromhex(second["event_id"])])
    assert value(collector.database, count) == 0


def test_one_that_was_refused_leaves_that_list(collector: Collector, sender: Sender) -> None:
    refused = sender.event({"kind": 1})
    assert collector.take(sender.batch(refused)) != Outcome(1, 0, [])
    collector.erasing.erase(sender.device_id, [bytes.fromhex(refused["event_id"])])
    assert rows(collector.database, "SELECT event_id FROM rejected_event") == []
