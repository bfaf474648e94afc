"""Gathers from the memory what decides whether it is time to learn anew."""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from typing import NamedTuple

import apsw

from store.drift.accuracy import AccuracyChange, audited_change, volunteered_change
from store.drift.distribution import Shift, shift
from store.drift.triggers import DAY_MS, Evidence
from store.local.connection import LocalDatabase, rows_of
from store.local.database import Database
from store.local.learning import audit_rows, example_rows
from store.local.learning.label_book import mapping_of
from store.local.learning.label_mapping import LabelMapping
from store.local.learning.run_forms import LabelMode, Mode

WINDOW = 1000  # answers at the beginning and at the end whose labels are compared

_LAST_RUN = """
SELECT id, version, mode, label_mode FROM training_run WHERE state = 'done' ORDER BY rowid DESC LIMIT 1
"""
_LEARNED = "SELECT picture, label FROM version_picture WHERE version_id = ?"
_ACTIVE = "SELECT id, space_id FROM model_version WHERE state = 'active'"
_JUDGED = """
SELECT record.label, said.is_correct, said.corrected_label FROM (
    SELECT inference_id, is_correct, corrected_label,
           row_number() OVER (PARTITION BY inference_id ORDER BY recorded_at DESC, id DESC) AS place
    FROM feedback WHERE retracted_by IS NULL
) AS said CROSS JOIN record ON record.id = said.inference_id
WHERE said.place = 1 AND record.model_version = ? ORDER BY record.number
"""
# A camera tells the same thing over and over. The order is that of the index: by the time it was recorded.
_ANSWERS = """
SELECT number, session_id, recorded_at, label FROM record
WHERE model_version = ?1 AND kind = 'inference' AND label IS NOT NULL AND source IS NOT 'camera'
ORDER BY recorded_at {order} LIMIT {limit}
"""


class LastRun(NamedTuple):
    """The training that ended well last, and how it was done."""

    id: str
    version: str | None
    mode: Mode
    label_mode: LabelMode


class TriggerEvidence:
    """Reads evidence. Safe on any thread but the writer's; takes up to a second in a large memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_run(self) -> LastRun | None:
        """The training that ended well last, None before the first."""
        with self._database.read() as db:
            return _last_run(db)

    def named(self, least_confidence: float) -> int:
        """How many different pictures people have named, at least so sure of it."""
        with self._database.read() as db:
            connection = db.connection()
            found = example_rows.examples(connection, mapping_of(connection), None)
        return sum(single(example.confidence) >= single(least_confidence) for example in found)

    def newest(self) -> int:
        """The number of the newest record: it grows whenever something was recognised or said."""
        with self._database.read() as db:
            return int(db.execute_sql("SELECT coalesce(max(number), 0) FROM record").fetchone()[0])

    def gather(self, counted_ms: int, since_ms: int | None) -> Evidence:
        """All figures of one moment; the times are handed in, as only the watch of the clock knows them."""
        with self._database.read() as db:
            connection = db.connection()
            mapping = mapping_of(connection)
            active = rows_of(connection, _ACTIVE)
            if not active:
                return Evidence(counted_ms, since_ms, 0)
            [(version, space)] = active
            return Evidence(
                counted_ms,
                since_ms,
                _new_pictures(connection, mapping, bytes.fromhex(space), _last_run(db)),
                version,
                _accuracy(connection, mapping, version),
                _shift(connection, version),
            )


def single(number: float) -> float:
    """The number as float32, in which training keeps confidence."""
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def _last_run(db: LocalDatabase) -> LastRun | None:
    return next((LastRun(*row) for row in rows_of(db.connection(), _LAST_RUN)), None)


def _new_pictures(
    connection: apsw.Connection, mapping: LabelMapping, space: bytes, last: LastRun | None
) -> int:
    """How many pictures that could be learned from have a word that the last training did not see."""
    rows = rows_of(connection, _LEARNED, (last.version,)) if last else ()
    learned = {picture: None if label is None else mapping.of(label) for picture, label in rows}
    examples = example_rows.examples(connection, mapping, space)
    return sum(
        each.picture not in learned or learned[each.picture] != each.label
        for each in examples
        if each.length > 0
    )


def _accuracy(connection: apsw.Connection, mapping: LabelMapping, version: str) -> AccuracyChange | None:
    """By the answers that were drawn, where there are enough; else by what people said by themselves."""
    change = audited_change(audit_rows.drawn(connection, mapping, version=version))
    if change is not None:
        return change
    said = (
        audit_rows.is_right(answered, is_correct, corrected, mapping)
        for answered, is_correct, corrected in rows_of(connection, _JUDGED, (version,))
    )
    return volunteered_change([right for right in said if right is not None])


def _shift(connection: apsw.Connection, version: str) -> Shift | None:
    """The first answers of a version against its last ones, in blocks of a day of a session."""
    first = rows_of(connection, _ANSWERS.format(order="ASC", limit=WINDOW), (version,))
    known = {number for number, *_ in first}
    last = rows_of(connection, _ANSWERS.format(order="DESC", limit=WINDOW), (version,))
    later = [row for row in last if row[0] not in known]
    if len(later) < WINDOW:  # a short history is cut in two
        everything = [*first, *reversed(later)]
        first, later = everything[: len(everything) // 2], everything[len(everything) // 2 :]
    return shift(_blocks(first), _blocks(later), seed=_seed(version))


def _blocks(rows: list[tuple[int, str, int, str]]) -> list[Counter[str]]:
    blocks: dict[tuple[str, int], Counter[str]] = {}
    for _, session, at, label in rows:
        blocks.setdefault((session, at // DAY_MS), Counter())[label] += 1
    return list(blocks.values())


def _seed(version: str) -> int:
    """The same figures for the same memory, whenever they are asked for."""
    return int.from_bytes(hashlib.sha256(version.encode()).digest()[:4], "big")
