"""The outbox's accounts: as its counters tell them, and as one finds them by counting everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local_database import TIMEOUT

from store.local import outbox_rows
from store.local.database import Database
from store.local.outbox_rows import ACKED, DEAD, LEASED, READY

Accounts = dict[str, Any]


def delete_records(database: Database, numbers: Sequence[int], reason: str = "erased") -> None:
    """Deletes records as retention does: out of the outbox first."""

    def work(db: Any) -> None:
        outbox_rows.forget(db.connection(), numbers, reason)
        db.connection().executemany("DELETE FROM record WHERE number = ?", [(number,) for number in numbers])

    database.submit(work).result(TIMEOUT)


def accounts(database: Database) -> Accounts:
    """What the counters say; the equation of the accounting holds, or this fails."""
    with database.read() as db:
        names = "recorded, accepted, waiting, rejected, bytes"
        values = db.execute_sql(f"SELECT {names} FROM outbox_state").fetchone()
        dropped = dict(db.execute_sql("SELECT reason, count FROM outbox_dropped").fetchall())
    told = dict(zip(names.split(", "), values, strict=True))
    assert told["recorded"] == told["accepted"] + told["waiting"] + told["rejected"] + sum(
        dropped.values()
    ), (told, dropped)
    return {**told, "dropped": dropped}


def counted(database: Database) -> Accounts:
    """The same from the rows, as long as no accepted record was reconciled and no drop confirmed."""
    with database.read() as db:
        states: dict[int, tuple[int, int]] = {
            state: (count, size)
            for state, count, size in db.execute_sql(
                "SELECT state, count(*), sum(bytes) FROM outbox GROUP BY state"
            ).fetchall()
        }
        runs = db.execute_sql("SELECT reason, from_seq, to_seq FROM outbox_drop").fetchall()
    dropped: dict[str, int] = {}
    for reason, first, last in runs:
        dropped[reason] = dropped.get(reason, 0) + last - first + 1
    count = {state: states.get(state, (0, 0))[0] for state in (READY, LEASED, ACKED, DEAD)}
    return {
        "recorded": sum(count.values()) + sum(dropped.values()),
        "accepted": count[ACKED],
        "waiting": count[READY] + count[LEASED],
        "rejected": count[DEAD],
        "bytes": sum(states.get(state, (0, 0))[1] for state in (READY, LEASED, ACKED)),
        "dropped": dropped,
    }


def dropped_runs(database: Database) -> list[tuple[int, int, str]]:
    """The runs of what was dropped: first and last number, and why."""
    with database.read() as db:
        return list(
            db.execute_sql("SELECT from_seq, to_seq, reason FROM outbox_drop ORDER BY from_seq").fetchall()
        )
