"""A memory that was salvaged with holes: its queue adds up again and forgets nothing that is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest
from local_database import TIMEOUT
from local_records import HandClock, inference, send
from outbox_accounts import accounts, counted, delete_records
from outbox_talk import answer_to, seqs, take

from store.local.folder import FILE_NAME
from store.local.opening import LocalStore, open_store

CLOCK = HandClock()
LOSE = "DELETE FROM outbox WHERE seq {}; DELETE FROM record WHERE number {}"


def with_holes(folder: Path, *statements: str) -> LocalStore:
    """Opens a memory of 12 records, in every state, from which the damage took what the statements take.

    1 to 3 are accepted, 1 is reconciled; 4 is rejected, 5 to 7 wait, 8 and 9 are erased, 10 to 12 wait.
    """
    store = open_store(folder / "whole", CLOCK)
    send(store.statistics, *(inference(number) for number in range(1, 13)))
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease, reject=[4], up_to=4)).result(TIMEOUT)
    store.outbox.reconciled(1, 1).result(TIMEOUT)
    delete_records(store.database, [8, 9])
    store.close()
    shutil.copytree(folder / "whole", folder / "salvaged")
    connection = apsw.Connection(str(folder / "salvaged" / FILE_NAME))
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return open_store(folder / "salvaged", CLOCK)


def test_a_whole_one_stays_as_it_is(tmp_path: Path) -> None:
    store = with_holes(tmp_path)
    told = store.outbox.accounts()
    assert (told.recorded, told.accepted, told.waiting, told.dropped) == (12, 3, 6, {"erased": 2})
    assert told.rejected == {"bad": 1}
    assert seqs(take(store.outbox)) == [5, 6, 7, 10, 11, 12]
    store.close()


@pytest.mark.parametrize(
    ("hole", "waiting", "dropped"),
    [
        ("DELETE FROM outbox_state", 7, {"erased": 2}),
        ("DELETE FROM outbox WHERE seq IN (2, 4, 6)", 9, {"erased": 2}),
        ("DELETE FROM outbox", 10, {"erased": 2}),
        (LOSE.format("IN (6, 7)", "IN (6, 7)"), 5, {"erased": 2, "damaged": 1}),  # 1 waits in one's stead
        (LOSE.format("> 10", "> 10"), 5, {"erased": 2, "damaged": 1}),
        ("DELETE FROM outbox_dropped", 7, {"erased": 2}),
        ("DELETE FROM outbox_drop; DELETE FROM outbox_dropped", 7, {"damaged": 1}),
        ("DELETE FROM outbox_state; DELETE FROM outbox; DELETE FROM outbox_drop", 10, {"erased": 2}),
    ],
)
def test_what_is_there_is_queued_and_all_adds_up(
    tmp_path: Path, hole: str, waiting: int, dropped: dict[str, int]
) -> None:
    store = with_holes(tmp_path, hole)
    told = store.outbox.accounts()
    assert (told.waiting, told.dropped) == (waiting, dropped)
    found = accounts(store.database)  # checks the equation, too
    assert found["bytes"] == counted(store.database)["bytes"]
    send(store.statistics, inference(100))
    with store.database.read() as db:
        assert db.execute_sql("SELECT max(number) FROM record").fetchone() >= (12,)
        unplaced = "SELECT count(*) FROM record WHERE number NOT IN (SELECT seq FROM outbox) AND number > 1"
        assert db.execute_sql(unplaced).fetchone() == (0,)
    lease = take(store.outbox)
    assert len(lease.records) == waiting + 1
    store.outbox.settle(lease, answer_to(lease)).result(TIMEOUT)
    accounts(store.database)
    store.close()
