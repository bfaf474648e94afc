"""The queue on a real Redis: a device is told what was committed, and hears it as without a queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import CancelledError

import pytest
from collecting import enrolled, inference, rows
from local_records import NOW
from queue_world import body_of, heard, kept
from redis_server import RedisServer
from two_hands import TwoHands

from store.collector import ledger
from store.collector.errors import TokenRefused, WithdrawalsForgotten
from store.collector.incoming import WrongBatch, read_batch
from store.collector.ledger import Outcome
from store.collector.service import Collector
from store.protocol_beside import SharedLabel
from store.queue.asking import Asking
from store.queue.forms import Done
from store.queue.redis_line import RedisLine
from store.queue.worker import Worker

MINUTE_MS = 60_000


def test_an_answer_comes_after_the_commit_and_says_what_became_of_each(
    asking: Asking, worker: Worker, collector: Collector, clock: TwoHands
) -> None:
    sender, other = enrolled(collector), enrolled(collector, "other")
    first = sender.batch(*sender.records(3))
    event_id = bytes.fromhex(json.loads(bytes(first.events[1]))["event_id"])
    odd = sender.event(inference("other"), seq=2, event_id=event_id)
    futures = [asking.ask(body_of(one)) for one in (first, other.batch(*other.records(2)))]
    assert asking.waiting() == 2
    assert not any(future.done() for future in futures)
    assert worker.once(0.01) == 2
    assert [heard(future).accepted for future in futures] == [3, 2]
    assert (asking.waiting(), kept(collector)) == (0, 5)
    again = [asking.ask(body_of(one)) for one in (first, sender.batch(odd))]
    assert worker.once(0.01) == 2
    assert heard(again[0]) == Outcome(0, 3, [])
    assert [each.code for each in heard(again[1]).rejected] == ["conflict"]


def test_when_it_came_is_when_the_instance_had_it(
    asking: Asking, worker: Worker, collector: Collector, clock: TwoHands
) -> None:
    sender = enrolled(collector)
    came = clock.now_ms()
    future = asking.ask(body_of(sender.batch(*sender.records(1))))
    clock.run(10 * MINUTE_MS)
    worker.once(0.01)
    assert heard(future).accepted == 1
    times = "SELECT received_at, recorded_at - recorded_original FROM event"
    assert rows(collector.database, times) == [(came, 0)]


def test_batches_that_were_here_may_share_a_transaction(collector: Collector) -> None:
    senders = [enrolled(collector, name) for name in ("first", "second")]
    batches = [read_batch(each.batch(*each.records(3)), NOW) for each in senders]
    for _ in range(2):
        with collector.database.write() as session:
            found = [ledger.keep(session, batch) for batch in batches]
    assert found == [Outcome(0, 3, []), Outcome(0, 3, [])]


def test_what_is_refused_is_refused_as_without_a_queue(
    asking: Asking, worker: Worker, collector: Collector
) -> None:
    revoked, good = enrolled(collector), enrolled(collector, "good")
    collector.devices.revoke(revoked.device_id, "admin")
    out = asking.ask(body_of(revoked.batch(*revoked.records(1))))
    wrong = asking.ask(body_of(good.batch(*good.records(2), last_seq=99)))
    unread = asking.ask(b"no JSON")
    forgotten = asking.ask(body_of(good.batch(*good.records(2), withdrawn=7)))
    taken = asking.ask(body_of(good.batch(*good.records(2))))
    assert worker.once(0.01) == 5
    with pytest.raises(TokenRefused, match="does not know this device"):
        heard(out)
    with pytest.raises(WrongBatch, match="first_seq"):
        heard(wrong)
    with pytest.raises(WrongBatch):
        heard(unread)
    with pytest.raises(WithdrawalsForgotten):
        heard(forgotten)
    assert (heard(taken).accepted, kept(collector)) == (2, 2)
    collector.withdrawals.withdraw(good.device_id, "all", None, 7)
    collector.labels.put(SharedLabel("owl"), "ada")
    told = asking.ask(body_of(good.batch(withdrawn=7)))
    assert worker.once(0.01) == 1
    assert (heard(told).withdrawn, heard(told).labels is None) == (7, False)


def test_what_no_instance_put_there_is_let_go_of(
    asking: Asking, worker: Worker, lines: Callable[..., RedisLine], collector: Collector
) -> None:
    lines("stranger").put(b"\x00 nothing of ours")
    sender = enrolled(collector)
    future = asking.ask(body_of(sender.batch(*sender.records(1))))
    assert worker.once(0.01) == 2
    assert (heard(future).accepted, asking.waiting()) == (1, 0)


def test_who_waits_no_longer_is_forgotten_and_the_batch_is_kept(
    asking: Asking, worker: Worker, collector: Collector
) -> None:
    sender = enrolled(collector)
    batch = sender.batch(*sender.records(2))
    future = asking.ask(body_of(batch))
    assert future.cancel()
    assert worker.once(0.01) == 1
    again = asking.ask(body_of(batch))
    assert worker.once(0.01) == 1
    assert heard(again) == Outcome(0, 2, [])
    with pytest.raises(CancelledError):
        heard(future)


def test_what_is_no_answer_is_passed_over(
    asking: Asking, worker: Worker, lines: Callable[..., RedisLine], collector: Collector
) -> None:
    lines("stranger").done([Done(b"0-1", "instance", b"\xc1")])
    sender = enrolled(collector)
    future = asking.ask(body_of(sender.batch(*sender.records(1))))
    assert worker.once(0.01) == 1
    assert heard(future).accepted == 1


def test_two_collectors_may_share_a_redis(
    asking: Asking, redis: RedisServer, collector: Collector, clock: TwoHands
) -> None:
    sender = enrolled(collector)
    asking.ask(body_of(sender.batch(*sender.records(1))))
    foreign = RedisLine(redis.url, b"another one's id", "worker")
    assert Worker(foreign, collector.database, clock).once(0.01) == 0
    foreign.close()


def test_it_says_whether_it_keeps_what_it_has(redis: RedisServer, lines: Callable[..., RedisLine]) -> None:
    line = lines("instance")
    assert line.keeps_what_it_has() is True
    line._client.config_set("appendfsync", "everysec")
    assert line.keeps_what_it_has() is False
    redis.end()
    assert line.keeps_what_it_has() is None
