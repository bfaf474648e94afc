"""Looks whether the collector still has what it accepted, and sends again what it lost.

A collector may be put back from a backup. So accepted records stay in the queue for 30 days (of counted
time; they are the first to leave where it is full), and once a day are compared by ranges; only a range that
differs is asked for its ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from store.local.outbox_values import DAY_MS, Accepted, Accounts
from store.protocol import (
    MOST_IDS,
    RECONCILE,
    SCHEMA,
    IdsAnswer,
    Range,
    ReconcileAnswer,
    ReconcileRequest,
)
from store.sync.exchange import Exchange, Line
from store.sync.verdict import Refused, Stranger

KEPT_MS = 30 * DAY_MS
RANGES_A_REQUEST = 100
RANGE_RECORDS = (
    5000  # another epoch of this device may have as many in the same range: MOST_IDS is twice that
)


class Queue(Protocol):
    """What is asked of the outbox."""

    def next_accepted(self, after_seq: int, size: int = RANGE_RECORDS) -> Accepted | None:
        """The next accepted records as a range."""

    def accepted_ids(self, from_seq: int, to_seq: int) -> list[tuple[int, bytes]]:
        """Number and id of each accepted record there."""

    def send_missing(self, seqs: Collection[int]) -> Future[int]:
        """Sends accepted records again."""

    def reconciled(self, from_seq: int, to_seq: int) -> Future[int]:
        """Lets accepted records leave."""

    def accounts(self) -> Accounts:
        """For the queue's epoch."""


class Ages(Protocol):
    """How old records are, by counted time."""

    def older_than(self, age_ms: int) -> int:
        """The number up to which every record is at least so old; 0 where nobody can tell."""


class Reconciled(Struct, frozen=True):
    """So many records were compared; so many of them are sent again."""

    compared: int
    missing: int


class Reconciling:
    """Compares everything that was accepted and has not left."""

    def __init__(self, queue: Queue, exchange: Exchange, ages: Ages) -> None:
        self._queue = queue
        self._exchange = exchange
        self._ages = ages

    def turn(self, line: Line) -> Reconciled | Refused:
        """Compares all of it now. Raises StoreError."""
        epoch = self._queue.accounts().epoch.hex()
        compared = missing = 0
        for ranges in self._requests():
            lost = self._compare(line, epoch, ranges)
            if not isinstance(lost, list):
                return lost
            compared += sum(one.count for one in ranges)
            missing += self._queue.send_missing(lost).result() if lost else 0
        old = self._ages.older_than(KEPT_MS)
        if old > 0:
            self._queue.reconciled(1, old).result()
        return Reconciled(compared, missing)

    def _requests(self) -> Iterator[list[Accepted]]:
        after, ranges = 0, list[Accepted]()
        while (found := self._queue.next_accepted(after, RANGE_RECORDS)) is not None:
            ranges.append(found)
            after = found.to_seq
            if len(ranges) == RANGES_A_REQUEST:
                yield ranges
                ranges = []
        if ranges:
            yield ranges

    def _compare(self, line: Line, epoch: str, ranges: list[Accepted]) -> list[int] | Refused:
        """The numbers of what the collector does not have."""
        told = self._exchange.ask(line, RECONCILE, _request(line, epoch, ranges), ReconcileAnswer)
        if not isinstance(told, ReconcileAnswer):
            return told
        if sorted([*told.same, *told.different]) != list(range(len(ranges))):
            return Stranger("wrong-answer")
        lost: list[int] = []
        for index in told.different:
            found = self._lost(line, epoch, ranges[index].from_seq, ranges[index].to_seq)
            if not isinstance(found, list):
                return found
            lost += found
        return lost

    def _lost(self, line: Line, epoch: str, first: int, last: int) -> list[int] | Refused:
        request = ReconcileRequest(
            schema=SCHEMA,
            device_id=line.enrolment.device_id,
            queue_epoch=epoch,
            want="ids",
            from_seq=first,
            to_seq=last,
        )
        told = self._exchange.ask(line, RECONCILE, request, IdsAnswer)
        if not isinstance(told, IdsAnswer):
            return told
        if len(told.ids) >= MOST_IDS and first < last:
            return self._lost_by_halves(line, epoch, first, last)
        there = {event_id for _, event_id in told.ids}
        return [seq for seq, ours in self._queue.accepted_ids(first, last) if ours.hex() not in there]

    def _lost_by_halves(self, line: Line, epoch: str, first: int, last: int) -> list[int] | Refused:
        middle = (first + last) // 2
        lower = self._lost(line, epoch, first, middle)
        if not isinstance(lower, list):
            return lower
        upper = self._lost(line, epoch, middle + 1, last)
        return lower + upper if isinstance(upper, list) else upper


def _request(line: Line, epoch: str, ranges: list[Accepted]) -> ReconcileRequest:
    return ReconcileRequest(
        schema=SCHEMA,
        device_id=line.enrolment.device_id,
        queue_epoch=epoch,
        ranges=[Range(one.from_seq, one.to_seq, one.count, one.digest.hex()) for one in ranges],
    )
