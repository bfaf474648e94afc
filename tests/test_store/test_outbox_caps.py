"""The caps of the outbox: what goes first, what goes last, in steps, and never the record itself."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from local_database import TIMEOUT
from local_records import HandClock, attachment, inference, said, send, taken_back
from outbox_accounts import accounts, counted, delete_records, dropped_runs
from outbox_talk import FixedAges, answer_to, finish_clearing, seqs, take

from store.local import outbox_caps, outbox_rows
from store.local.clock_watch import DAY_MS
from store.local.opening import LocalStore, open_store
from store.local.outbox import AGE_EVERY_S, Outbox
from store.local.outbox_values import Caps

CLOCK = HandClock()
ROOM = Caps(max_bytes=10**9)


def opened(folder: Path, max_bytes: int) -> LocalStore:
    return open_store(folder, CLOCK, Caps(max_bytes=max_bytes))


def queued(store: LocalStore) -> list[int]:
    with store.database.read() as db:
        return [seq for (seq,) in db.execute_sql("SELECT seq FROM outbox ORDER BY seq").fetchall()]


def cut_to(store: LocalStore, *kept: int) -> None:
    """Sets a cap with room for just these, and finds these left."""
    with store.database.read() as db:
        sizes = dict(db.execute_sql("SELECT seq, bytes FROM outbox").fetchall())
    room = sum(sizes[seq] for seq in kept)
    clear(store, Caps(max_bytes=room + room // 50))
    assert queued(store) == list(kept)
    assert accounts(store.database) == counted(store.database)


def clear(store: LocalStore, caps: Caps, too_old: int = 0) -> None:
    """Lets an outbox with these caps do all that it would do in time."""
    outbox = Outbox(store.database, CLOCK, FixedAges(too_old), caps)
    outbox.start()
    finish_clearing(outbox, store.database)


def test_the_oldest_goes_first_and_only_its_place_in_the_queue(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, *(inference(number) for number in range(1, 21)))
    cut_to(store, *range(9, 21))
    assert dropped_runs(store.database) == [(1, 8, "size")]
    with store.database.read() as db:
        assert db.execute_sql("SELECT count(*) FROM record").fetchone() == (20,)
    assert seqs(take(store.outbox)) == list(range(9, 21))
    store.close()


def test_what_was_accepted_leaves_before_anything_is_dropped(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, *(inference(number) for number in range(1, 11)))
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    send(store.statistics, *(inference(number) for number in range(11, 21)))
    outbox = Outbox(
        store.database, CLOCK, FixedAges(), Caps(max_bytes=accounts(store.database)["bytes"] // 2 + 400)
    )
    outbox.start()
    finish_clearing(outbox, store.database)
    assert queued(store) == list(range(11, 21))
    told = store.outbox.accounts()
    assert (told.accepted, told.waiting, told.dropped) == (10, 10, {})
    store.close()


def test_corrections_and_what_they_speak_of_go_last(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, inference(1), inference(2), inference(3, userFeedback={"isCorrect": False}))
    send(
        store.statistics,
        attachment(4, about=2, crop=b"\xff\xd8\xff" + b"x" * 9),
        said(5, about=2, label="wolf"),
    )
    send(store.statistics, said(6, about=1, label=None), inference(7), inference(8))
    cut_to(store, 2, 3, 4, 5, 6, 7, 8)
    cut_to(store, 2, 3, 4, 5, 8)
    cut_to(store, 2, 3, 4, 5)
    cut_to(store, 4, 5)
    assert dropped_runs(store.database) == [(1, 3, "size"), (6, 8, "size")]
    store.close()


def test_a_correction_that_was_taken_back_protects_nothing_but_its_retraction(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, inference(1), said(2, about=1, label="wolf"), inference(3), inference(4))
    cut_to(store, 1, 2, 4)  # the walk has been over 1 and 2 by now
    send(store.statistics, taken_back(5, about=1, retracts=2))
    send(store.statistics, inference(6), inference(7))
    cut_to(store, 5, 6, 7)
    store.close()


def test_a_correction_that_was_erased_protects_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, inference(1), said(2, about=1, label="wolf"), inference(3), inference(4))
    cut_to(store, 1, 2, 4)
    statement = "DELETE FROM feedback"
    store.database.submit(lambda db: db.execute_sql(statement)).result(TIMEOUT)
    delete_records(store.database, [2])
    cut_to(store, 4)
    store.close()


def test_what_comes_back_into_the_queue_is_looked_at_again(tmp_path: Path) -> None:
    """Records in flight, rejected or accepted while the walk went over them are not taken for corrections."""
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, inference(1), inference(2), inference(3))
    lease = take(store.outbox)
    send(store.statistics, said(4, about=9, label="wolf"), inference(5))
    clear(store, Caps(max_bytes=1))
    assert queued(store) == [1, 2, 3]  # in flight: nothing else can go
    store.outbox.settle(lease, answer_to(lease, reject=[2], up_to=2)).result(TIMEOUT)
    store.outbox.send_again([2]).result(TIMEOUT)
    store.outbox.send_missing([1]).result(TIMEOUT)
    send(store.statistics, said(6, about=9, label="wolf"))
    cut_to(store, 6)
    store.close()


def test_the_rejected_are_not_touched_by_caps(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, *(inference(number) for number in range(1, 6)))
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease, reject=[1, 2], up_to=2)).result(TIMEOUT)
    clear(store, Caps(max_bytes=1), too_old=5)
    assert [one.seq for one in store.outbox.rejected()] == [1, 2] == queued(store)
    assert store.outbox.accounts().dropped == {"age": 3}
    store.close()


@pytest.mark.parametrize("rows_a_step", [1, 3, 1000])
def test_it_goes_in_steps_of_so_many_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_a_step: int
) -> None:
    monkeypatch.setattr(outbox_caps, "ROWS_A_STEP", rows_a_step)
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, *(inference(number) for number in range(1, 21)), said(21, about=3, label="wolf"))
    largest = 0
    take_out = outbox_rows.take_out

    def watched(connection: apsw.Connection, going: list[int], reason: str) -> int:
        nonlocal largest
        largest = max(largest, len(going))
        return take_out(connection, going, reason)

    monkeypatch.setattr(outbox_rows, "take_out", watched)
    cut_to(store, 3, 20, 21)
    assert largest == min(rows_a_step, 18)
    store.close()


def test_recording_itself_keeps_the_queue_within_its_cap(tmp_path: Path) -> None:
    store = opened(tmp_path, 5000)
    for number in range(1, 101):
        send(store.statistics, inference(number))
        finish_clearing(store.outbox, store.database)
        assert accounts(store.database)["bytes"] <= 5000
    assert accounts(store.database) == counted(store.database)
    assert dropped_runs(store.database) == [(1, 100 - len(queued(store)), "size")]
    assert len(queued(store)) > 5
    store.close()


def test_a_smaller_cap_counts_from_the_next_start(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, *(inference(number) for number in range(1, 21)))
    store.close()
    store = opened(tmp_path, 3000)
    finish_clearing(store.outbox, store.database)
    assert accounts(store.database)["bytes"] <= 3000
    store.close()


def test_age_spares_corrections_and_what_is_in_flight(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, inference(1), inference(2), said(3, about=2, label="wolf"), inference(4))
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease, up_to=1)).result(TIMEOUT)
    send(store.statistics, inference(5), inference(6))
    clear(store, ROOM, too_old=5)
    assert queued(store) == [2, 3, 6]
    assert dropped_runs(store.database) == [(4, 5, "age")]
    assert store.outbox.accounts().accepted == 1
    store.close()


def test_age_is_looked_at_every_hour_and_no_clock_that_jumps_makes_anything_old(tmp_path: Path) -> None:
    clock = HandClock()
    store = open_store(tmp_path, clock)
    send(store.statistics, inference(1))
    for years in (10, -20, 10):
        clock.now += round(years * 365.25 * DAY_MS)
        send(store.statistics, inference(100 + years))
        finish_clearing(store.outbox, store.database)
    assert store.outbox.accounts().dropped == {}
    ages = FixedAges(last=1)
    outbox = Outbox(store.database, clock, ages, ROOM)
    outbox.start()
    finish_clearing(outbox, store.database)
    ages.last = 2
    store.database.submit(outbox.has_grown).result(TIMEOUT)
    finish_clearing(outbox, store.database)
    assert dropped_runs(store.database) == [(1, 1, "age")]
    clock.now += round(AGE_EVERY_S * 1000)
    store.database.submit(outbox.has_grown).result(TIMEOUT)
    finish_clearing(outbox, store.database)
    assert dropped_runs(store.database) == [(1, 2, "age")]
    store.close()


def test_a_step_that_fails_is_tried_again_with_the_next_record(tmp_path: Path) -> None:
    store = opened(tmp_path, 3000)
    fails = "CREATE TEMP TRIGGER no BEFORE DELETE ON outbox BEGIN SELECT raise(ABORT, 'no'); END"
    store.database.submit(lambda db: db.execute_sql(fails)).result(TIMEOUT)
    send(store.statistics, *(inference(number) for number in range(1, 21)))
    finish_clearing(store.outbox, store.database)
    assert len(queued(store)) == 20
    store.database.submit(lambda db: db.execute_sql("DROP TRIGGER no")).result(TIMEOUT)
    send(store.statistics, inference(21))
    finish_clearing(store.outbox, store.database)
    assert accounts(store.database)["bytes"] <= 3000
    store.close()


def test_what_comes_back_is_brought_within_the_cap_at_once(tmp_path: Path) -> None:
    """Found by the outbox machine: rejected records that are sent again count against the cap again."""
    store = opened(tmp_path, 3000)
    send(store.statistics, *(inference(number) for number in range(1, 5)))
    lease = take(store.outbox)
    store.outbox.park(lease, "bad").result(TIMEOUT)
    send(store.statistics, *(inference(number) for number in range(5, 9)))
    store.outbox.send_again([1, 2, 3, 4]).result(TIMEOUT)
    finish_clearing(store.outbox, store.database)
    assert accounts(store.database)["bytes"] <= 3000
    assert queued(store)[-1] == 8
    store.close()


def test_what_is_released_goes_before_a_correction(tmp_path: Path) -> None:
    store = opened(tmp_path, ROOM.max_bytes)
    send(store.statistics, said(1, about=9, label="wolf"), inference(2))
    lease = take(store.outbox)
    send(store.statistics, inference(3))
    cut_to(store, 1, 2)  # the walk has been over all that is not in flight
    store.outbox.release(lease, "offline").result(TIMEOUT)
    cut_to(store, 1)
    store.close()
