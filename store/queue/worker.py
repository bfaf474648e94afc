"""Takes batches out of the queue and keeps them in the collector's database, several in one transaction.

A worker that is killed at any moment loses nothing: what it was not done with goes to another one, which
finds in the ledger what was committed.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence

import msgspec

from store.clock import Clock
from store.collector import ledger
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import CollectorError, TokenRefused, WithdrawalsForgotten
from store.collector.incoming import Batch, WrongBatch, read_batch
from store.protocol import MOST_BODY_BYTES, EventsRequest
from store.queue.forms import Asked, Done, Entry, Line, Told, told_of

log = logging.getLogger("whimbrel.queue")
MOST_TOGETHER = 16
LEFT_BEHIND_S = 15.0
LOOK_EVERY_S = 5.0


class Worker:
    """One process that keeps batches. One thread uses it."""

    def __init__(
        self, line: Line, database: CollectorDatabase, clock: Clock, *, left_behind_s: float = LEFT_BEHIND_S
    ) -> None:
        self._line = line
        self._database = database
        self._clock = clock
        self._left_behind_s = left_behind_s
        self._looked_at: float | None = None
        self._held: list[Entry] = []

    def once(self, wait_s: float) -> int:
        """Keeps the next batches and answers; waits for them at most so long. Returns how many it was.

        Raises QueueAway and what the database raises; the batches are then kept the next time.
        """
        self._held = self._held or self._of_others() or self._line.next(MOST_TOGETHER, wait_s)
        if not self._held:
            return 0
        self._line.done(self._keep(self._held))
        count, self._held = len(self._held), []
        return count

    def _of_others(self) -> list[Entry]:
        """What a worker left behind that is gone; looked for now and then."""
        now = self._clock.monotonic()
        if self._looked_at is not None and now - self._looked_at < min(LOOK_EVERY_S, self._left_behind_s):
            return []
        self._looked_at = now
        return self._line.left_behind(MOST_TOGETHER, self._left_behind_s)

    def _keep(self, entries: Sequence[Entry]) -> list[Done]:
        asked = [(entry.place, _read(entry.asked)) for entry in entries]
        told = self._told([one for _, one in asked if one is not None])
        return [
            Done(place, "", b"")
            if one is None
            else Done(place, one.answer_to, msgspec.msgpack.encode(told[one.id]))
            for place, one in asked
        ]

    def _told(self, asked: Sequence[Asked]) -> dict[bytes, Told]:
        """What became of each. Batches of several devices are held in the order of their ids, by every
        worker, so that no two wait for each other."""
        told: dict[bytes, Told] = {}
        batches: list[tuple[bytes, Batch]] = []
        for one in asked:
            try:
                batches.append((one.id, _batch_of(one)))
            except WrongBatch as wrong:
                told[one.id] = Told(one.id, failure="batch", words=(str(wrong), ""))
        batches.sort(key=lambda each: each[1].device_id)
        return told | self._committed(batches)

    def _committed(self, batches: Sequence[tuple[bytes, Batch]]) -> dict[bytes, Told]:
        """Keeps all in one transaction, or each in its own where one of them breaks it."""
        if not batches:
            return {}
        try:
            with self._database.write() as session:
                return {ask_id: _kept(session, ask_id, batch) for ask_id, batch in batches}
        except CollectorError:
            raise
        except Exception as error:
            if len(batches) > 1:
                return {key: told for each in batches for key, told in self._committed([each]).items()}
            log.exception("a batch can't be kept")
            [(ask_id, _)] = batches
            return {ask_id: Told(ask_id, failure="unknown", words=(type(error).__name__, ""))}


def _read(asked: bytes) -> Asked | None:
    """None for what no instance put there."""
    try:
        return msgspec.msgpack.decode(asked, type=Asked)
    except msgspec.MsgspecError:
        log.warning("something is in the queue that is no batch; it is let go of")
        return None


def _batch_of(asked: Asked) -> Batch:
    """Raises WrongBatch."""
    try:
        body = zlib.decompressobj().decompress(asked.packed, MOST_BODY_BYTES)
        request = msgspec.json.decode(body, type=EventsRequest)
    except (zlib.error, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WrongBatch(str(error)) from error
    return read_batch(request, asked.received_at)


def _kept(session: Session, ask_id: bytes, batch: Batch) -> Told:
    try:
        return told_of(ask_id, ledger.keep(session, batch))
    except TokenRefused as refused:  # which is said before anything of the batch is changed, as the next
        return Told(ask_id, failure="token", words=(refused.sentence, refused.advice))
    except WithdrawalsForgotten as forgotten:
        return Told(ask_id, failure="withdrawals", words=(forgotten.sentence, forgotten.advice))
