"""Takes the batches of `POST /api/statistics`: each record decoded alone, all in one transaction."""

from __future__ import annotations

from concurrent.futures import Future
from typing import NamedTuple

from store.clock import Clock
from store.events import BatchResult, Rejection, StatisticsBatch
from store.local.clock_watch import ClockWatch
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.decoding import Refused, decode
from store.local.erasure import marks
from store.local.folder import DiskGuard
from store.local.ingest import Sorted, ingest
from store.local.outbox import Outbox
from store.local.repeated_names import refuse_repeated_names
from store.local.rows import Origin, Prepared, device_row, prepare
from store.local.whole_batch import prepare_whole

_SIZE_FACTOR = 3  # a waiting record is its JSON, its rows and its decoded parts

_CONFLICT = "A record with this id and other content is stored already; give this one an id of its own."
_ERASED = "What this record is about was erased after it was made; let it go."


class _Decoded(NamedTuple):
    prepared: list[Prepared]
    rejected: list[Rejection]
    size: int


class StatisticsStore:
    """What the page recorded. The same record twice is stored once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        disk: DiskGuard | None = None,
        outbox: Outbox | None = None,
        *,
        watch: ClockWatch | None = None,
    ) -> None:
        self._database = database
        self._watch = watch or ClockWatch(database, clock)
        self._clock = clock
        self._disk = disk
        self._outbox = outbox

    def record(self, batch: StatisticsBatch, body_hash: bytes) -> Future[BatchResult]:
        """Queues a batch; the result is set after its commit, and then all that it counts is on the disk.

        `body_hash` (any length) makes the ids of records without: the same body twice is stored once.
        Decodes and checks on the calling thread (about 20 µs a record): not for an event loop. Raises
        StoreFull where the disk is nearly full, StoreBusy where the queue is, StoreClosed; the future fails
        with the same kinds.
        """
        if self._disk is not None:
            self._disk.check()
        return self._queue(batch.session_id, self._decode(batch, body_hash))

    def record_whole(self, content: bytes) -> Future[BatchResult] | None:
        """As `record` (at half the cost) for a body in which nothing is wrong or unusual; None for any other,
        of which `record` tells what is wrong. Nothing is queued then."""
        if self._disk is not None:
            self._disk.check()
        whole = prepare_whole(content, self._clock.now_ms())
        if whole is None:
            return None
        return self._queue(whole.session_id, _Decoded(whole.prepared, [], _SIZE_FACTOR * len(content)))

    def _queue(self, session_id: str, decoded: _Decoded) -> Future[BatchResult]:
        def write(db: LocalDatabase) -> BatchResult:
            prepared, erased = marks.sift(db.connection(), decoded.prepared, session_id, self._watch.now)
            sorted_batch = ingest(db, prepared)
            if self._outbox is not None and sorted_batch.fresh:
                self._outbox.has_grown(db)
            return _result(sorted_batch, decoded, erased)

        return self._database.submit(write, size=decoded.size, repeatable=True)

    def _decode(self, batch: StatisticsBatch, body_hash: bytes) -> _Decoded:
        device = None if batch.device_info is None else device_row(batch.device_info)
        origin = Origin(batch.session_id, body_hash, self._clock.now_ms(), device)
        records = list(map(bytes, batch.statistics))
        result = _Decoded([], [], _SIZE_FACTOR * sum(map(len, records)))
        for index, raw in enumerate(records):
            record_id = None
            try:
                record = decode(raw)
                record_id = record.id
                prepared = prepare(record, index, origin)
                refuse_repeated_names(raw, prepared)
                result.prepared.append(prepared)
            except Refused as refused:
                refused_id = refused.id or record_id
                result.rejected.append(Rejection(index, refused_id, refused.code, refused.reason))
        return result


def _result(sorted_batch: Sorted, decoded: _Decoded, erased: list[Prepared]) -> BatchResult:
    refused = [
        *(Rejection(item.index, item.text_id, "conflict", _CONFLICT) for item in sorted_batch.conflicting),
        *(Rejection(item.index, item.text_id, "erased", _ERASED) for item in erased),
    ]
    rejected = sorted((*decoded.rejected, *refused), key=lambda rejection: rejection.index)
    known = len(sorted_batch.repeated) + len(sorted_batch.second)
    return BatchResult(len(sorted_batch.fresh), known, rejected)
