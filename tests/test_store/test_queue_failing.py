"""The queue where something dies, is away, breaks or is full: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from collecting import enrolled
from queue_world import body_of, heard, kept
from redis_server import RedisServer
from two_hands import TwoHands

from store.collector import ledger
from store.collector.database import Session
from store.collector.errors import Busy, Unreachable
from store.collector.incoming import Batch
from store.collector.ledger import Outcome
from store.collector.service import Collector
from store.queue.asking import Asking
from store.queue.forms import Done, NotKept, QueueAway
from store.queue.redis_line import RedisLine
from store.queue.worker import Worker


def test_what_a_dead_worker_left_is_kept_once(
    asking: Asking, worker: Worker, lines: Callable[..., RedisLine], collector: Collector
) -> None:
    sender = enrolled(collector)
    futures = [asking.ask(body_of(sender.batch(*sender.records(4)))) for _ in range(2)]
    dies = lines("dies")

    def die(_: list[Done]) -> None:
        raise KeyboardInterrupt

    dies.done = die  # type: ignore[assignment, method-assign]
    with pytest.raises(KeyboardInterrupt):
        Worker(dies, collector.database, TwoHands()).once(0.01)
    assert (kept(collector), asking.waiting()) == (8, 2)
    assert lines("patient").left_behind(9, 60) == []
    assert worker.once(0.01) == 2
    assert [heard(future) for future in futures] == [Outcome(0, 4, []), Outcome(0, 4, [])]
    assert (kept(collector), collector.devices.find("laptop").accepted) == (8, 8)


def test_where_the_database_is_away_batches_wait(
    asking: Asking,
    lines: Callable[..., RedisLine],
    collector: Collector,
    clock: TwoHands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker(lines("worker"), collector.database, clock, left_behind_s=60)
    sender = enrolled(collector)
    future = asking.ask(body_of(sender.batch(*sender.records(2))))

    def away(session: Session, batch: Batch) -> Outcome:
        raise Unreachable("It is away.")

    with monkeypatch.context() as changed:
        changed.setattr(ledger, "keep", away)
        for _ in range(2):
            with pytest.raises(Unreachable):
                worker.once(0.01)
    assert not future.done()
    assert worker.once(0.01) == 1
    assert heard(future).accepted == 2


def test_one_that_breaks_the_transaction_does_not_break_the_others(
    asking: Asking, worker: Worker, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    senders = [enrolled(collector, name) for name in ("first", "second", "third")]
    keep = ledger.keep

    def broken(session: Session, batch: Batch) -> Outcome:
        found = keep(session, batch)
        if batch.device_id == senders[1].device_id:
            session.change("UPDATE device SET no_such_column = 1")
        return found

    monkeypatch.setattr(ledger, "keep", broken)
    futures = [asking.ask(body_of(each.batch(*each.records(2)))) for each in senders]
    assert worker.once(0.01) == 3
    assert [heard(futures[place]).accepted for place in (0, 2)] == [2, 2]
    with pytest.raises(NotKept):
        heard(futures[1])
    assert kept(collector) == 4


def test_a_killed_redis_still_has_what_it_took_and_who_waits_is_told(
    asking: Asking, worker: Worker, redis: RedisServer, collector: Collector
) -> None:
    sender = enrolled(collector)
    future = asking.ask(body_of(sender.batch(*sender.records(3))))
    redis.end(signal.SIGKILL)
    with pytest.raises(QueueAway):
        heard(future)
    with pytest.raises(QueueAway):
        asking.ask(body_of(sender.batch(*sender.records(3))))
    with pytest.raises(QueueAway):
        worker.once(0.01)
    assert asking.waiting() is None
    redis.start()
    assert worker.once(0.01) == 1
    assert kept(collector) == 3


def test_a_redis_that_forgot_everything_is_used_again(
    asking: Asking, worker: Worker, redis: RedisServer, collector: Collector
) -> None:
    sender = enrolled(collector)
    batch = sender.batch(*sender.records(2))
    lost = asking.ask(body_of(batch))
    redis.forget()
    redis.start()
    with pytest.raises(QueueAway):
        heard(lost)
    assert worker.once(0.01) == 0
    again = asking.ask(body_of(batch))
    assert worker.once(0.01) == 1
    assert (heard(again).accepted, kept(collector)) == (2, 2)


def test_a_redis_without_room_keeps_what_it_has_until_there_is_room(
    asking: Asking, worker: Worker, lines: Callable[..., RedisLine], collector: Collector
) -> None:
    sender = enrolled(collector)
    batch = sender.batch(*sender.records(2))
    future = asking.ask(body_of(batch))
    settings = lines("administrator")._client
    settings.config_set("maxmemory", 1)
    with pytest.raises(Busy):
        asking.ask(body_of(batch))
    with pytest.raises(Busy):
        worker.once(0.01)
    settings.config_set("maxmemory", 0)
    assert worker.once(0.01) == 1
    assert (heard(future).accepted, asking.waiting()) == (2, 0)


def test_a_full_queue_takes_no_more(
    lines: Callable[..., RedisLine], clock: TwoHands, collector: Collector, worker: Worker
) -> None:
    asking = Asking(lines("instance", most=2), clock)
    sender = enrolled(collector)
    for _ in range(2):
        asking.ask(body_of(sender.batch(*sender.records(1))))
    with pytest.raises(Busy, match="than its queue takes"):
        asking.ask(body_of(sender.batch(*sender.records(1))))
    assert worker.once(0.01) == 2
    assert asking.ask(body_of(sender.batch(*sender.records(1)))) is not None
