"""The outbox as the engine sees it: one batch in flight, answers counted once, and accounts that add up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from local_database import TIMEOUT
from local_records import HandClock, inference, said, send, uuid_bytes
from outbox_accounts import accounts, counted, delete_records
from outbox_talk import answer_to, seqs, take

from store.local import outbox_reading
from store.local.opening import LocalStore, open_store
from store.local.outbox_values import (
    MAX_BYTES,
    BatchInFlight,
    DroppedRange,
    StaleLease,
    WrongAnswer,
)

CLOCK = HandClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path, CLOCK)
    yield opened
    assert accounts(opened.database)["bytes"] == counted(opened.database)["bytes"]
    if opened.outbox.accounts().unreported_drops == sum(opened.outbox.accounts().dropped.values()):
        assert accounts(opened.database) == counted(opened.database)
    opened.close()


def fill(store: LocalStore, count: int, **changes: object) -> None:
    send(store.statistics, *(inference(number, **changes) for number in range(1, count + 1)))


def test_nothing_to_send_is_no_batch(store: LocalStore) -> None:
    assert store.outbox.lease().result(TIMEOUT) is None
    fill(store, 1)
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    assert store.outbox.lease().result(TIMEOUT) is None


def test_a_batch_has_all_that_an_event_needs(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(2, about=1), device={"deviceMemory": 8})
    lease = take(store.outbox)
    first, second = lease.records
    assert (first.seq, first.id, first.kind, first.session_id, first.attempts) == (
        1, uuid_bytes(1), "inference", "s1", 1
    )  # fmt: skip
    assert (first.recorded_at, first.received_at) == (CLOCK.now + 1, CLOCK.now)
    assert msgspec.json.decode(first.payload)["modelVersion"] == "starter-1a2b3c4d"
    assert (second.seq, second.kind) == (2, "feedback")
    assert first.device is not None
    assert lease.devices == {first.device: '{"deviceMemory":8.0}'}
    assert (lease.first_seq, lease.last_seq, lease.dropped) == (1, 2, ())
    assert len(lease.epoch) == 16


def test_a_batch_has_at_most_500_records_and_1_mib(store: LocalStore) -> None:
    fill(store, 600)
    lease = take(store.outbox)
    assert seqs(lease) == list(range(1, 501))
    store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    rest = take(store.outbox)
    assert seqs(rest) == list(range(501, 601))
    store.outbox.settle(rest, answer_to(rest)).result(TIMEOUT)
    predictions = [{"className": "x" * 200, "probability": 0.1, "rank": rank + 1} for rank in range(100)]
    send(store.statistics, *(inference(1000 + number, predictions=predictions) for number in range(60)))
    heavy = take(store.outbox)
    size = sum(len(record.payload.encode()) for record in heavy.records)
    assert 0.9 * MAX_BYTES < size <= MAX_BYTES
    assert len(heavy.records) < 60


def test_one_batch_is_in_flight(store: LocalStore) -> None:
    fill(store, 3)
    lease = take(store.outbox)
    with pytest.raises(BatchInFlight):
        take(store.outbox)
    assert store.outbox.accounts().leased == 3
    assert store.outbox.release(lease, "offline").result(TIMEOUT) == 3
    again = take(store.outbox)
    assert seqs(again) == [1, 2, 3]
    assert again.batch_id != lease.batch_id
    assert [record.attempts for record in again.records] == [2, 2, 2]


def test_an_answer_is_counted_once(store: LocalStore) -> None:
    fill(store, 4)
    lease = take(store.outbox)
    settled = store.outbox.settle(lease, answer_to(lease, reject=[2])).result(TIMEOUT)
    assert (settled.accepted, settled.rejected, settled.returned) == (3, 1, 0)
    before = store.outbox.accounts()
    assert (before.recorded, before.accepted, before.waiting, before.rejected) == (4, 3, 0, {"bad": 1})
    for late in (
        lambda: store.outbox.settle(lease, answer_to(lease)),
        lambda: store.outbox.release(lease, "offline"),
        lambda: store.outbox.park(lease, "bad"),
        lambda: store.outbox.halve(lease),
    ):
        with pytest.raises(StaleLease):
            late().result(TIMEOUT)
    assert store.outbox.accounts() == before


def test_what_was_not_looked_at_waits_again_in_its_old_place(store: LocalStore) -> None:
    fill(store, 6)
    lease = take(store.outbox)
    settled = store.outbox.settle(lease, answer_to(lease, up_to=4, reject=[1])).result(TIMEOUT)
    assert (settled.accepted, settled.rejected, settled.returned) == (3, 1, 2)
    assert seqs(take(store.outbox)) == [5, 6]


@pytest.mark.parametrize(
    "change",
    [
        {"batch_id": b"f" * 16},
        {"accepted": 2},
        {"accepted": 4, "duplicate": -1},
        {"ack_seq": 4},
        {"ack_seq": 2},
        {"rejected": {b"u" * 16: "bad"}, "accepted": 2},
        {"ack_seq": 2, "accepted": 1, "rejected": {uuid_bytes(3): "bad"}},
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing(store: LocalStore, change: dict[str, object]) -> None:
    fill(store, 3)
    lease = take(store.outbox)
    wrong = msgspec.structs.replace(answer_to(lease), **change)
    before = store.outbox.accounts()
    with pytest.raises(WrongAnswer):
        store.outbox.settle(lease, wrong).result(TIMEOUT)
    assert store.outbox.accounts() == before
    assert store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT).accepted == 3


def test_halving_finds_the_record_that_poisons_a_batch(store: LocalStore) -> None:
    """As the engine does it on a 400: halve until one is left, put that aside, go on."""
    fill(store, 100)
    poison, sent, requests = 77, [], 0
    while (lease := store.outbox.lease().result(TIMEOUT)) is not None:
        requests += 1
        while poison in seqs(lease) and len(lease.records) > 1:
            half = store.outbox.halve(lease).result(TIMEOUT)
            assert half is not None
            assert seqs(half) == seqs(lease)[: len(lease.records) // 2]
            lease, requests = half, requests + 1
        if seqs(lease) == [poison]:
            store.outbox.park(lease, "unreadable").result(TIMEOUT)
        else:
            sent += seqs(lease)
            store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    assert sent == [number for number in range(1, 101) if number != poison]
    assert [(one.seq, one.code) for one in store.outbox.rejected()] == [(poison, "unreadable")]
    assert requests <= 30


def test_the_rejected_stay_until_somebody_decides(tmp_path: Path) -> None:
    store = open_store(tmp_path, CLOCK)
    fill(store, 5)
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease, reject=[1, 2, 3, 5])).result(TIMEOUT)
    store.close()
    store = open_store(tmp_path, CLOCK)
    assert [one.seq for one in store.outbox.rejected(limit=3)] == [1, 2, 3]
    assert [one.seq for one in store.outbox.rejected(after_seq=3)] == [5]
    assert store.outbox.send_again([2, 4, 99]).result(TIMEOUT) == 1
    assert store.outbox.discard([3, 4, 99]).result(TIMEOUT) == 1
    told = store.outbox.accounts()
    assert (told.waiting, told.rejected, told.dropped) == (1, {"bad": 2}, {"discarded": 1})
    assert accounts(store.database) == counted(store.database)
    again = take(store.outbox)
    assert seqs(again) == [2]
    assert again.dropped == (DroppedRange("discarded", 3, 3),)
    store.close()


def test_no_lease_survives_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path, CLOCK)
    fill(store, 3)
    lease = take(store.outbox)
    store.close()
    store = open_store(tmp_path, CLOCK)
    assert store.outbox.accounts().leased == 0
    with pytest.raises(StaleLease):
        store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    again = take(store.outbox)
    assert (seqs(again), again.epoch) == ([1, 2, 3], lease.epoch)
    store.close()


def test_what_is_erased_in_flight_stays_what_it_is_counted_as(store: LocalStore) -> None:
    fill(store, 3)
    lease = take(store.outbox)
    delete_records(store.database, [2])
    settled = store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    assert (settled.accepted, settled.rejected, settled.returned) == (2, 0, 0)
    assert store.outbox.accounts().dropped == {"erased": 1}


def test_a_batch_that_was_erased_whole_is_over_when_it_is_halved(store: LocalStore) -> None:
    fill(store, 2)
    lease = take(store.outbox)
    delete_records(store.database, [1, 2])
    assert store.outbox.halve(lease).result(TIMEOUT) is None
    assert seqs(take(store.outbox)) == []  # what was erased is reported


def test_drops_are_told_until_a_collector_confirmed_them(store: LocalStore) -> None:
    fill(store, 9)
    delete_records(store.database, [2, 3])
    lease = take(store.outbox)
    assert lease.dropped == (DroppedRange("erased", 2, 3),)
    assert lease.dropped[0].count == 2
    delete_records(store.database, [4])  # what was told grows no more
    store.outbox.release(lease, "offline").result(TIMEOUT)
    again = take(store.outbox)
    assert again.dropped == (DroppedRange("erased", 2, 3), DroppedRange("erased", 4, 4))
    delete_records(store.database, [5])
    store.outbox.settle(again, answer_to(again)).result(TIMEOUT)
    assert store.outbox.accounts().unreported_drops == 1
    last = take(store.outbox)
    assert (last.records, last.dropped) == ((), (DroppedRange("erased", 5, 5),))
    store.outbox.release(last, "offline").result(TIMEOUT)
    delete_records(store.database, [1, 6, 7, 8, 9])  # accepted: no drop, and nothing to tell
    assert store.outbox.accounts().dropped == {"erased": 4}


def test_what_was_told_is_not_swallowed_by_what_is_dropped_before_it(store: LocalStore) -> None:
    fill(store, 5)
    delete_records(store.database, [3])
    lease = take(store.outbox)
    delete_records(store.database, [2])
    store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    assert take(store.outbox).dropped == (DroppedRange("erased", 2, 2),)


def test_drops_are_confirmed_with_the_half_that_told_them(store: LocalStore) -> None:
    fill(store, 5)
    delete_records(store.database, [1])
    lease = take(store.outbox)
    delete_records(store.database, [3])
    half = store.outbox.halve(lease).result(TIMEOUT)
    assert half is not None
    assert half.dropped == (DroppedRange("erased", 1, 1), DroppedRange("erased", 3, 3))
    store.outbox.settle(half, answer_to(half)).result(TIMEOUT)
    assert store.outbox.accounts().unreported_drops == 0


def test_reconciling_sends_again_only_what_the_collector_lacks(store: LocalStore) -> None:
    fill(store, 7)
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease, reject=[4])).result(TIMEOUT)
    range_ = store.outbox.next_accepted(0, size=4)
    assert range_ is not None
    assert (range_.from_seq, range_.to_seq, range_.count) == (1, 5, 4)
    ids = [(number, uuid_bytes(number)) for number in (1, 2, 3, 5)]
    assert store.outbox.accepted_ids(1, 5) == ids
    told = b"".join(number.to_bytes(8, "big") + one for number, one in ids)
    assert range_.digest == hashlib.sha256(told).digest()
    rest = store.outbox.next_accepted(range_.to_seq, size=4)
    assert rest is not None
    assert (rest.from_seq, rest.to_seq, rest.count) == (6, 7, 2)
    assert store.outbox.next_accepted(rest.to_seq) is None
    assert store.outbox.send_missing([3, 4]).result(TIMEOUT) == 1  # 4 was rejected: not missing
    again = take(store.outbox)
    assert seqs(again) == [3]
    store.outbox.settle(again, answer_to(again)).result(TIMEOUT)


def test_what_is_reconciled_leaves_the_queue_and_stays_counted(tmp_path: Path) -> None:
    store = open_store(tmp_path, CLOCK)
    fill(store, 7)
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease, reject=[4])).result(TIMEOUT)
    assert store.outbox.reconciled(1, 5).result(TIMEOUT) == 4
    told = store.outbox.accounts()
    assert (told.recorded, told.accepted, told.dropped) == (7, 6, {})
    assert accounts(store.database)["bytes"] == counted(store.database)["bytes"]
    left = store.outbox.next_accepted(0)
    assert left is not None
    assert (left.from_seq, left.to_seq) == (6, 7)
    delete_records(store.database, [1, 2])  # long gone from the queue
    assert store.outbox.accounts() == told
    store.close()


def test_the_accounts_do_not_walk_over_what_waits(store: LocalStore) -> None:
    """They read one row, small tables, and of the queue only the index of exceptional states."""
    statements = (outbox_reading._LEASED, outbox_reading._CODES, outbox_reading._STATE)
    with store.database.read() as db:
        plans = [db.execute_sql("EXPLAIN QUERY PLAN " + one).fetchall() for one in statements]
    steps = [step for plan in plans for (*_, step) in plan if " outbox" in step]
    assert steps
    assert all("outbox_exceptional" in step or "outbox_state" in step for step in steps), steps
