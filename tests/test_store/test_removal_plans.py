"""Nothing that a removal asks of the writer looks through a table that grows with the records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw
import pytest
from local_records import attachment, inference, said, send, sha256_of, taken_back
from two_hands import TwoHands
from upkeep_support import Memory, days_pass, fill, full_inference

from store.local.erasure.carrying_out import LOOK_S, LOOKS_AT_LOG
from store.local.erasure.scope import Scope
from store.local.figures.rollup import roll_up
from store.local.opening import LocalStore

SMALL = {
    "carray",
    "outbox_state",
    "outbox_drop",
    "erased",
    "figure_group",
    "figure_recheck",
    "upkeep",
    "CONSTANT",
}


def remember_much(store: LocalStore) -> None:
    """A row in every table that a removal touches, and the figures added up."""
    fill(store, 1, 20)
    send(store.statistics, said(51, about=1, label="wolf"), said(52, about=2, label="fox"))
    send(store.statistics, taken_back(53, about=1, retracts=51), attachment(54, about=777, crop=b"crop"))
    send(store.statistics, {"kind": "event", "stage": "decode", "code": "bad", "detail": {}})
    store.database.submit(lambda db: roll_up(db.connection(), 1000)).result(60)


def trace(store: LocalStore, told: Callable[[apsw.Cursor, str, Any], bool] | None) -> None:
    """Tells of each statement on the writer's connection, None no more."""
    store.database.submit_alone(lambda db: setattr(db.connection(), "exec_trace", told)).result(60)


def asked_of_writer(store: LocalStore, work: Callable[[], object]) -> dict[str, Any]:
    """The statements that ran on the writer's connection meanwhile, with what was bound last."""
    asked: dict[str, Any] = {}

    def note(_: object, statement: str, bindings: Any) -> bool:
        asked[statement] = bindings
        return True

    trace(store, note)
    work()
    trace(store, None)
    return asked


def scans(connection: apsw.Connection, asked: dict[str, Any]) -> list[tuple[str, str]]:
    """Each step that looks through a whole table that may be large, and its statement."""
    found = []
    for statement, bindings in asked.items():
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", bindings)
            steps = [step for *_, step in plan if step.startswith("SCAN")]
            found += [(step, statement) for step in steps if step.split()[1] not in SMALL]
    return found


def assert_no_scans(store: LocalStore, asked: dict[str, Any], *expected: str) -> None:
    assert [part for part in expected if not any(part in statement for statement in asked)] == []
    found = store.database.submit_alone(lambda db: scans(db.connection(), asked)).result(60)
    assert found == []


def test_erasing_looks_through_no_large_table(memory: Memory) -> None:
    store, upkeep = memory
    remember_much(store)

    def erase() -> None:
        for number in (1, 2):
            upkeep.erase(Scope(picture_sha256=sha256_of(f"picture {number}")))
        upkeep.erase(Scope(session_id="nobody's"))
        upkeep.finish()

    asked = asked_of_writer(store, erase)
    tables = ("feedback", "retraction", "waiting_attachment", "record", "picture", "figure_word", "outbox")
    assert_no_scans(
        store, asked, "FROM retraction CROSS JOIN feedback", *(f"DELETE FROM {one} " for one in tables)
    )


def test_retention_looks_through_no_large_table(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    remember_much(store)
    store.settings.put("keepAnswersDays", 30).result(60)
    days_pass(upkeep, clock, 31)

    def run() -> None:
        upkeep.run(upkeep.preview()[0])
        upkeep.finish()

    asked = asked_of_writer(store, run)
    assert_no_scans(store, asked, *(f"DELETE FROM {one} " for one in ("record", "retraction", "feedback")))


def test_a_reader_that_holds_the_log_does_not_hold_the_writer(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure waits for it beside the writer, which takes a record at each look."""
    store, upkeep = memory
    send(store.statistics, full_inference(1))
    reader = apsw.Connection(str(store.database.path), flags=apsw.SQLITE_OPEN_READONLY)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM record").get == 1
    waits: list[float] = []
    patience: set[int] = set()

    def watch(cursor: apsw.Cursor, statement: str, _: object) -> bool:
        if "wal_checkpoint" in statement:
            patience.add(cursor.connection.execute("PRAGMA busy_timeout").get)
        return True

    def pause(seconds: float) -> None:
        if seconds > 0:
            waits.append(seconds)
            assert send(store.statistics, inference(100 + len(waits))).accepted == 1

    monkeypatch.setattr(upkeep._erasing, "_pause", pause)
    trace(store, watch)
    upkeep.erase(Scope(picture_sha256=sha256_of("picture 1")))
    upkeep.finish()
    trace(store, None)
    reader.close()
    assert waits == [LOOK_S] * LOOKS_AT_LOG
    assert patience == {0}
