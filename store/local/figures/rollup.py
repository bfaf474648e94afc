"""Adds new records to the figures by the hour, and takes erased ones away again, exactly.

Records are taken in the order of their numbers, so one number (`rolled` in `figure_state`) says which are in.
Taking records in does nothing for the figures: the roll-up runs afterwards, in jobs of the writer that are
short, when figures are asked for or nothing else happens.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import apsw
import msgspec

from store.local.connection import id_array, number_array
from store.local.figures import visits, words
from store.local.figures.groups import Groups
from store.local.figures.sums import CountKey, Histogram, HistogramKey, Sums
from store.local.figures.units import HOUR, floor_to
from store.local.figures.visits import Visit

log = logging.getLogger("whimbrel.store")
T = TypeVar("T")
STAGES = ("inference", "preprocessing", "total")
BYTES, TENSORS = "bytes", "tensors"
MEASURES = (*STAGES, BYTES, TENSORS)
ANSWER, ERROR = "answer", "error"
LARGEST_WHOLE = 2**40  # what one value adds to a sum at most: sums stay in 64 bits whatever a page sends

_COLUMNS = """
number, id, kind, session_id, recorded_at, model_version, backend, picture, inference_id, device, payload
"""
_NEW = f"SELECT {_COLUMNS} FROM record WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608
_THESE = f"SELECT {_COLUMNS} FROM record WHERE number IN carray(?)"  # noqa: S608
_ROLLED = "SELECT value FROM figure_state WHERE name = 'rolled'"
_SET_ROLLED = "UPDATE figure_state SET value = ? WHERE name = 'rolled'"
_BEHIND = """
SELECT (SELECT coalesce(max(number), 0) FROM record) - (SELECT value FROM figure_state WHERE name = 'rolled')
"""
_RETRACTED = """
SELECT feedback.inference_id FROM retraction CROSS JOIN feedback ON feedback.id = retraction.retracted
WHERE retraction.retracted_by IN carray(?)
"""
_RECHECK = "INSERT OR IGNORE INTO figure_recheck VALUES (?)"
_TO_RECHECK = "SELECT inference_id FROM figure_recheck LIMIT ?"
_RECHECKED = "DELETE FROM figure_recheck WHERE inference_id IN carray(?)"


class _Row(NamedTuple):
    number: int
    id: bytes
    kind: str
    session_id: str
    recorded_at: int
    model_version: str | None
    backend: str | None
    picture: int | None
    inference_id: bytes | None
    device: bytes | None
    payload: str


class _Memory(msgspec.Struct, frozen=True, rename="camel", gc=False):
    num_bytes: int
    num_tensors: int


class _Timed(msgspec.Struct, frozen=True, rename="camel", gc=False):
    inference_time: float
    preprocessing_time: float
    total_time: float
    memory_usage: _Memory


class _Event(msgspec.Struct, frozen=True, gc=False):
    stage: str
    code: str


_TIMED = msgspec.json.Decoder(_Timed)
_EVENT = msgspec.json.Decoder(_Event)


class Rolled(NamedTuple):
    """What a job did: how many records it added, and whether there are more."""

    records: int
    more: bool


def roll_up(connection: apsw.Connection, limit: int) -> Rolled:
    """Adds at most `limit` records that are new, and looks again at answers whose feedback was erased.

    To be called inside a writer's transaction: figures and the number up to which they go change together.
    """
    rolled = connection.execute(_ROLLED).get
    rows = [_Row(*row) for row in connection.execute(_NEW, (rolled, limit))]
    again = [bytes(about) for (about,) in connection.execute(_TO_RECHECK, (limit,))]
    if not rows and not again:
        return Rolled(0, more=False)
    groups, job = Groups(connection), _Job()
    for row in rows:
        job.add(row, groups.number(row.model_version, row.backend), 1)
        size = len(row.payload.encode())
        job.sums.store("feedback" if row.kind == "feedback" else "records", size)
    visits.write(connection, groups, job.visits)
    words.recount(connection, groups, job.sums, {*_touched(connection, rows), *again})
    job.sums.write(connection)
    if again:
        connection.execute(_RECHECKED, (id_array(again),))
    if rows:
        connection.execute(_SET_ROLLED, (rows[-1].number,))
    return Rolled(len(rows), more=limit in (len(rows), len(again)))


def behind(connection: apsw.Connection) -> int:
    """How many records, at most, are not in the figures yet."""
    return max(0, int(connection.execute(_BEHIND).get))


def forget_records(connection: apsw.Connection, numbers: Sequence[int]) -> None:
    """Takes records out of the figures, as if they had never been; for erasures.

    To be called inside a writer's transaction before the rows of these records are deleted. What was said
    about an answer whose feedback goes is counted anew by the next roll-up. Storage is not touched here: it
    follows the deletion itself.
    """
    if not numbers:
        return
    rolled = connection.execute(_ROLLED).get
    rows = [_Row(*row) for row in connection.execute(_THESE, (number_array(numbers),))]
    groups, job = Groups(connection), _Job()
    for row in rows:
        if row.number <= rolled:
            job.add(row, groups.number(row.model_version, row.backend), -1)
    visits.write(connection, groups, job.visits)
    words.forget(connection, job.sums, {bytes(row.id) for row in rows if row.kind == "inference"})
    job.sums.write(connection)
    spoken = [row for row in rows if row.kind == "feedback"]
    connection.executemany(_RECHECK, [(about,) for about in _touched(connection, spoken)])


def _touched(connection: apsw.Connection, rows: Iterable[_Row]) -> set[bytes]:
    """The answers whose last word these records may change."""
    touched = {bytes(row.id) for row in rows if row.kind == "inference"}
    spoken = [row for row in rows if row.kind == "feedback"]
    touched |= {bytes(row.inference_id) for row in spoken if row.inference_id is not None}
    if spoken:
        ids = id_array(row.id for row in spoken)
        touched |= {bytes(about) for (about,) in connection.execute(_RETRACTED, (ids,))}
    return touched


def _decoded(decoder: msgspec.json.Decoder[T], row: _Row) -> T | None:
    """None for what no Whimbrel wrote: one such row, from a salvaged file, must not stop all figures."""
    try:
        return decoder.decode(row.payload)
    except msgspec.MsgspecError:
        log.warning("record %d has a payload that is none; its figures are left out", row.number)
        return None


class _Job:
    """What the records of one job add up to."""

    def __init__(self) -> None:
        self.sums = Sums()
        self.visits: defaultdict[Visit, int] = defaultdict(int)
        self._of_answers: dict[tuple[int, int], list[Histogram]] = {}

    def add(self, row: _Row, group: int, sign: int) -> None:
        """Adds one record, or with −1 takes it away."""
        if row.kind == "inference":
            self._add_answer(row, group, sign)
        elif row.kind == "event":
            self._add_error(row, group, sign)

    def _add_answer(self, row: _Row, group: int, sign: int) -> None:
        start = floor_to(HOUR, row.recorded_at)
        device = "" if row.device is None else row.device.hex()
        self.sums.counts[CountKey(start, ANSWER, group, device)] += sign
        self.visits[row.session_id, start, group] += sign
        if row.picture is not None:
            self.visits[row.picture, start, group] += sign
        timed = _decoded(_TIMED, row)
        if timed is None:
            return
        inference, preprocessing, total, held, tensors = self._histograms(start, group)
        for histogram, milliseconds in (
            (inference, timed.inference_time),
            (preprocessing, timed.preprocessing_time),
            (total, timed.total_time),
        ):
            histogram.add(milliseconds, round(1000 * milliseconds), sign)
        memory = timed.memory_usage
        for histogram, value in ((held, memory.num_bytes), (tensors, memory.num_tensors)):
            whole = min(value, LARGEST_WHOLE)
            histogram.add(whole, whole, sign)

    def _histograms(self, start: int, group: int) -> list[Histogram]:
        """Those of an hour's answers of one group, in the order of MEASURES."""
        found = self._of_answers.get((start, group))
        if found is None:
            found = [self.sums.histogram(HistogramKey(start, measure, group)) for measure in MEASURES]
            self._of_answers[start, group] = found
        return found

    def _add_error(self, row: _Row, group: int, sign: int) -> None:
        event = _decoded(_EVENT, row)
        if event is None:
            return
        detail = msgspec.json.encode([event.stage, event.code]).decode()
        self.sums.counts[CountKey(floor_to(HOUR, row.recorded_at), ERROR, group, detail)] += sign
