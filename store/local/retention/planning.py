"""Makes the plan and its preview, in one snapshot and from the same tables of what goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import apsw

from store.local.connection import LocalDatabase
from store.local.retention import doomed, parts
from store.local.retention.doomed import CHECKED, Share
from store.local.retention.plan import Part, Plan, Ranges, ranges_of
from store.local.retention.policy import MEGABYTE, Rule

DAY_MS = 86_400_000

_FIND = f"""
INSERT INTO gone (number) SELECT number FROM record
WHERE record.number <= max(:answers, :events, :waiting) AND (
    (record.kind = 'inference' AND record.number <= :answers AND NOT {CHECKED})
    OR (record.kind = 'event' AND record.number <= :events)
    OR (record.kind = 'attachment' AND record.number <= :waiting AND NOT EXISTS (
        SELECT 1 FROM record AS other WHERE other.id = record.inference_id
        OR (other.inference_id = record.inference_id AND other.kind = 'attachment'
            AND other.number > :waiting)
    ))
)
"""  # noqa: S608 - our own words, as below
_ANSWER_BYTES = "SELECT coalesce(sum(octet_length(payload)), 0) FROM record WHERE kind = 'inference'"
_ANSWERS = f"""
SELECT record.number, octet_length(record.payload) FROM record
WHERE record.kind = 'inference' AND NOT {CHECKED} ORDER BY record.number
"""  # noqa: S608
_NEWEST = "SELECT coalesce(max(number), 0) FROM record"
_BY_RULE = "SELECT number FROM gone WHERE by_rule ORDER BY number"
_OF_PART = "SELECT number FROM part WHERE kind = ? AND checked = ? ORDER BY number"


def make_plan(
    db: LocalDatabase, rules: Sequence[Rule], older_than: Callable[[int], int]
) -> tuple[Plan, dict[str, Share]]:
    """What these rules take in this snapshot, and how much that is by the kinds of `Amounts`.

    `older_than(ms)` gives the last record number of that age. On a reader, inside a transaction.
    """
    connection = db.connection()
    by_kind = {rule.kind: rule for rule in rules}
    reach: dict[str, int] = {
        rule.kind: 0 if rule.days is None else older_than(rule.days * DAY_MS) for rule in rules
    }
    limit = {rule.kind: None if rule.megabytes is None else rule.megabytes * MEGABYTE for rule in rules}
    reach["answers"] = max(reach["answers"], _through_by_size(connection, limit["answers"]))
    with doomed.going(connection, _FIND, {kind: reach[kind] for kind in ("answers", "events", "waiting")}):
        for kind in parts.PARTS:
            if kind in by_kind:
                parts.fill(connection, kind, reach[kind], limit[kind])
        return _plan_of(connection), doomed.shares(connection)


def _plan_of(connection: apsw.Connection) -> Plan:
    return Plan(
        newest=int(connection.execute(_NEWEST).get),
        records=_ranges(connection, _BY_RULE),
        **{kind: Part(*(_ranges(connection, _OF_PART, kind, checked) for checked in (0, 1)))
           for kind in parts.PARTS},
    )  # fmt: skip


def _ranges(connection: apsw.Connection, statement: str, *values: str | int) -> Ranges:
    rows: Any = connection.execute(statement, values)
    return ranges_of(number for (number,) in rows)


def _through_by_size(connection: apsw.Connection, limit: int | None) -> int:
    """The last record number to go for no more than `limit` bytes of answers to stay."""
    if limit is None:
        return 0
    surplus = int(connection.execute(_ANSWER_BYTES).get) - limit
    return max(parts.oldest(connection, _ANSWERS, {}, surplus)[0], default=0)
