"""The outbox: what waits for a collector, what became of the rest, and that it all adds up.

The engine that sends works in a loop: `lease` a batch, send it, then one of `settle` (the collector
answered), `halve` (it refused the batch and has not said whom), `park` (it refused the one record that is
left) or `release` (it could not be reached, or answered nonsense). One batch is in flight at a time, and none
survives a restart. Every method that writes returns a future, set after its commit; neither to wait for one
nor to read is for an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from typing import Protocol, TypeVar

import apsw

from store.clock import Clock
from store.ids import IdMaker
from store.local import outbox_caps, outbox_files, outbox_lease, outbox_reading, outbox_rows
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import StoreClosed
from store.local.outbox_values import (
    MAX_RECORDS,
    Accepted,
    Accounts,
    Answer,
    Caps,
    DroppedRange,
    Lease,
    Rejected,
    Settled,
)

T = TypeVar("T")
AGE_EVERY_S = 3600.0


class Ages(Protocol):
    """What the outbox asks of `ClockWatch`."""

    def older_than(self, age_ms: int) -> int:
        """The number up to which every record is at least so old; 0 where none is, or nobody can tell."""


class Outbox:
    """The queue of one memory. `new_id` makes the ids of batches; see the module for how to use it.

    `grew` is called on the writer's thread when records came in, shortly before they are committed.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ages: Ages,
        caps: Caps | None = None,
        new_id: Callable[[], bytes] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ages = ages
        self._caps = caps or Caps()
        self._new_id = new_id or IdMaker(clock).new
        self.grew: Callable[[], None] = lambda: None
        self._clearing = False
        self._aged_at = clock.monotonic()
        self._age_from: int | None = 1

    def lease(self, most: int = MAX_RECORDS) -> Future[Lease | None]:
        """Takes the oldest that waits, at most `most` records (up to 500) or 1 MiB; None where nothing does.

        A record larger than that goes alone. The future fails with BatchInFlight where one is out already.
        """
        return self._write(lambda connection: outbox_lease.lease(connection, self._new_id(), most))

    def peek(self, most: int = MAX_RECORDS) -> Lease | None:
        """What `lease` would take, with an id of no batch: to be shown, never sent."""
        with self._database.read() as db:
            return outbox_lease.peek(db.connection(), self._new_id(), most)

    def settle(self, lease: Lease, answer: Answer) -> Future[Settled]:
        """Counts a collector's answer; a second one to the same batch fails with StaleLease.

        The future fails with WrongAnswer where the answer does not fit the batch: it then is still in flight.
        """
        return self._write(lambda connection: outbox_lease.settle(connection, lease, answer))

    def halve(self, lease: Lease) -> Future[Lease | None]:
        """Keeps the first half in flight, as a batch of its own, and lets the rest wait again.

        None where all of it was erased meanwhile. The future fails with StaleLease.
        """
        return self._write(lambda connection: outbox_lease.halve(connection, lease, self._new_id()))

    def park(self, lease: Lease, code: str) -> Future[int]:
        """Puts a batch (of one record, usually) aside as rejected, until somebody decides about it.

        The result is how many records that are. The future fails with StaleLease.
        """
        return self._write(lambda connection: outbox_lease.park(connection, lease, code))

    def release(self, lease: Lease, code: str) -> Future[int]:
        """Lets a batch wait again; `code` says why it did not go. The future fails with StaleLease."""
        return self._write(lambda connection: outbox_lease.release(connection, lease, code))

    def rejected(self, after_seq: int = 0, limit: int = 100) -> list[Rejected]:
        """The rejected records beyond `after_seq`, ascending, at most `limit`."""
        with self._database.read() as db:
            return outbox_reading.rejected(db.connection(), after_seq, limit)

    def send_again(self, seqs: Collection[int]) -> Future[int]:
        """Lets those of these that were rejected wait again. The result is how many those are."""
        states = (outbox_rows.DEAD,)
        return self._write(lambda connection: outbox_rows.send_again(connection, seqs, states))

    def discard(self, seqs: Collection[int]) -> Future[int]:
        """Lets go of those of these that were rejected: they count as dropped, "discarded", from now on."""
        return self._write(lambda connection: outbox_rows.discard(connection, seqs))

    def next_accepted(self, after_seq: int, size: int = 10_000) -> Accepted | None:
        """The next `size` accepted records to compare with the collector's; None at the end."""
        with self._database.read() as db:
            return outbox_reading.next_accepted(db.connection(), after_seq, size)

    def accepted_ids(self, from_seq: int, to_seq: int) -> list[tuple[int, bytes]]:
        """Number and id of each accepted record there that is not reconciled."""
        with self._database.read() as db:
            return outbox_reading.accepted_ids(db.connection(), from_seq, to_seq)

    def send_missing(self, seqs: Collection[int]) -> Future[int]:
        """Sends accepted records again that the collector turned out not to have."""
        states = (outbox_rows.ACKED,)
        return self._write(lambda connection: outbox_rows.send_again(connection, seqs, states))

    def reconciled(self, from_seq: int, to_seq: int) -> Future[int]:
        """The collector has what was accepted there: it leaves the queue. The result is how many."""
        return self._write(lambda connection: outbox_rows.leave(connection, from_seq, to_seq))

    def page(self, after_seq: int, most: int = MAX_RECORDS) -> Lease | None:
        """What waits (or is in flight) beyond `after_seq`, as a batch that nobody holds, for a file that may
        or may not arrive; None at the end. All of it may go by network meanwhile."""
        with self._database.read() as db:
            return outbox_files.page(db.connection(), self._new_id(), after_seq, most)

    def tell_drops(self, after_seq: int) -> Future[Lease | None]:
        """The next dropped runs beyond `after_seq` as a batch without records; they grow no more. None at
        the end."""
        return self._write(lambda connection: outbox_files.drops(connection, self._new_id(), after_seq))

    def receive(
        self, held: Collection[bytes], rejected: Mapping[bytes, str], dropped: Collection[DroppedRange]
    ) -> Future[Settled]:
        """Counts what a collector says outside of a batch: it has `held`, refuses `rejected` (ids to codes),
        and knows of `dropped`. Only what waits or is in flight changes; `returned` is what else it names."""
        return self._write(lambda connection: outbox_files.receive(connection, held, rejected, dropped))

    def accounts(self) -> Accounts:
        """Where everything is that was ever recorded."""
        with self._database.read() as db:
            return outbox_reading.accounts(db.connection())

    def start(self) -> None:
        """Brings an opened queue within its caps, in the background."""
        self._consider(None)

    def has_grown(self, db: LocalDatabase) -> None:
        """To be called on the writer's thread after records came in: queues a step where a cap is passed."""
        self._consider(outbox_reading.held_bytes(db.connection()))
        self.grew()

    def _consider(self, held_bytes: int | None) -> None:
        now = self._clock.monotonic()
        if now - self._aged_at >= AGE_EVERY_S:
            self._aged_at, self._age_from = now, 1
        over = held_bytes is None or held_bytes > self._caps.max_bytes or self._age_from is not None
        if not over or self._clearing:
            return
        self._clearing = True
        try:
            self._database.follow_up(self._clear).add_done_callback(self._cleared)
        except StoreClosed:
            self._clearing = False

    def _clear(self, db: LocalDatabase) -> bool:
        connection = db.connection()
        if self._age_from is not None:
            last = self._ages.older_than(self._caps.max_age_ms)
            self._age_from = outbox_caps.clear_age(connection, self._age_from, last)
        still_over = outbox_caps.clear_size(connection, self._caps.max_bytes)
        return still_over or self._age_from is not None

    def _cleared(self, step: Future[bool]) -> None:
        """Goes on after the commit; a step that failed is tried again when the next record comes."""
        self._clearing = False
        if step.exception() is None and step.result():
            self._consider(None)

    def _write(self, work: Callable[[apsw.Connection], T]) -> Future[T]:
        def job(db: LocalDatabase) -> T:
            result = work(db.connection())
            self._consider(outbox_reading.held_bytes(db.connection()))
            return result

        return self._database.submit(job)
