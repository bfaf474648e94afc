"""Decisions about learning anew, written down with what they were made of; and from when all is counted."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from store.local.connection import LocalDatabase, rows_of
from store.local.database import Database
from store.local.learning.learning_tables import TriggerDecisionRow
from store.local.learning.trigger_forms import CalledBy, Decided, Decision, Facts

LISTED = 100
BASELINE = "baseline"
_LAST = """
SELECT number, decided_at, cause, decision, evidence, run_id FROM trigger_decision
WHERE cause <> 'baseline' ORDER BY number DESC LIMIT ?
"""
_BASELINE = """
SELECT number, evidence, run_id FROM trigger_decision WHERE cause = 'baseline' ORDER BY number DESC LIMIT 1
"""


class Baseline(NamedTuple):
    """From when all is counted: the training that ended last (None: before the first one), the time that had
    really passed then, and the number of its row."""

    number: int
    counted_ms: int
    run_id: str | None


class TriggerLog:
    """Keeps decisions; calls block until they are on the disk. Safe on any thread but the writer's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, limit: int = LISTED) -> list[Decision]:
        """The last decisions, the newest first, whatever the clock said."""
        with self._database.read() as db:
            return [_decision(row) for row in rows_of(db.connection(), _LAST, (limit,))]

    def write(self, cause: CalledBy, decision: Decided, facts: Facts, run_id: str | None = None) -> Decision:
        """Writes a decision down."""
        now = self._database.clock.now_ms()
        number = self._insert(now, cause, decision, facts, run_id)
        return Decision(number, now, cause, decision, facts, run_id)

    def baseline(self) -> Baseline | None:
        """From when all is counted; None before the first look."""
        with self._database.read() as db:
            found = rows_of(db.connection(), _BASELINE)
            for number, evidence, run_id in found:
                return Baseline(number, msgspec.json.decode(evidence, type=Facts).counted_ms, run_id)
        return None

    def begin_anew(self, run_id: str | None, counted_ms: int) -> Baseline:
        """Counts from now on, because a training has ended."""
        facts = Facts(counted_ms)
        number = self._insert(self._database.clock.now_ms(), BASELINE, BASELINE, facts, run_id)
        return Baseline(number, counted_ms, run_id)

    def _insert(self, now: int, cause: str, decision: str, facts: Facts, run_id: str | None) -> int:
        def write(db: LocalDatabase) -> int:
            query = TriggerDecisionRow.insert(
                decided_at=now,
                cause=cause,
                decision=decision,
                evidence=msgspec.json.encode(facts).decode(),
                run_id=run_id,
            )
            return int(query.execute(db))

        return self._database.submit(write).result()


def _decision(row: tuple[Any, ...]) -> Decision:
    number, decided_at, cause, decision, evidence, run_id = row
    facts = msgspec.json.decode(evidence, type=Facts)
    return Decision(number, decided_at, cause, decision, facts, run_id)
