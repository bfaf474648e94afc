"""One batch from the queue to the collector: sent, halved or bisected until somebody has decided about it."""

from __future__ import annotations

import contextlib
import logging
from concurrent.futures import Future
from typing import Protocol

from msgspec import Struct

from store.clock import Clock
from store.local.outbox_values import MAX_RECORDS, Accounts, Answer, Lease, Settled, StaleLease
from store.protocol import EVENTS, EventsAnswer
from store.sync.exchange import Exchange, Line
from store.sync.memory import Remembered
from store.sync.payload import PartsOf, Sender, body_of
from store.sync.verdict import Bisect, Counted, Halve, Refused, Retry, Stop, Stranger, UpdateNeeded, verdict

log = logging.getLogger("whimbrel.sync")
MOST_SENT_BYTES = 4 * 1024 * 1024  # of JSON with its heavy parts: half of what a collector takes


class Queue(Protocol):
    """What is asked of the outbox; each future is set after its commit."""

    def accounts(self) -> Accounts:
        """For how many wait."""

    def lease(self, most: int = MAX_RECORDS) -> Future[Lease | None]:
        """Takes the oldest that waits."""

    def settle(self, lease: Lease, answer: Answer) -> Future[Settled]:
        """Counts an answer."""

    def halve(self, lease: Lease) -> Future[Lease | None]:
        """Keeps the first half in flight."""

    def park(self, lease: Lease, code: str) -> Future[int]:
        """Puts it aside as rejected."""

    def release(self, lease: Lease, code: str) -> Future[int]:
        """Lets it wait again."""


class Delivered(Struct, frozen=True):
    """So many records are decided; `told` is the collector's answer where it decided, not we."""

    decided: int
    told: EventsAnswer | None = None


class Sending:
    """Sends one batch at a time. After a poison record batches grow again from what went through."""

    def __init__(self, queue: Queue, exchange: Exchange, parts_of: PartsOf, clock: Clock) -> None:
        self._queue = queue
        self._exchange = exchange
        self._parts_of = parts_of
        self._clock = clock
        self._most = MAX_RECORDS
        self._held: Lease | None = None

    def turn(self, line: Line, known: Remembered) -> Delivered | Refused | None:
        """Takes and sends the next batch; None where nothing waits. Raises StoreError, and keeps nothing."""
        self.give_back("interrupted")
        self._held = self._queue.lease(self._most).result()
        if self._held is None:
            return None
        try:
            return self._deliver(line, known)
        except StaleLease:  # all of it was erased meanwhile
            self._held = None
            return Delivered(0)

    def give_back(self, code: str) -> None:
        """Lets a batch wait again that an error left in flight."""
        if self._held is not None:
            with contextlib.suppress(StaleLease):
                self._queue.release(self._held, code).result()
            self._held = None

    def _deliver(self, line: Line, known: Remembered) -> Delivered | Refused:
        while self._held is not None:
            lease = self._held
            body = body_of(lease, known.consent, self._sender(line, known, lease), self._parts_of)
            if len(body) > MOST_SENT_BYTES and len(lease.records) > 1:
                self._held = self._queue.halve(lease).result()
                continue
            response = self._exchange.post(line, EVENTS, body)
            found = verdict(response, lease, line.enrolment.collector_id, len(body), self._clock.now_ms())
            done = self._act(lease, found)
            if done is not None:
                return done
        return Delivered(0)

    def _sender(self, line: Line, known: Remembered, lease: Lease) -> Sender:
        behind = max(0, self._queue.accounts().waiting - len(lease.records))
        withdrawn = known.withdrawn_at(line.enrolment.collector_id)
        return Sender(line.enrolment.device_id, self._clock.now_ms(), behind, withdrawn)

    def _act(self, lease: Lease, found: Counted | Refused) -> Delivered | Refused | None:
        """Does what the verdict says; None where what is left of the batch goes out again."""
        match found:
            case Counted(answer, told):
                return self._settle(lease, answer, told)
            case Bisect(code):
                return self._narrow(lease, code, lone=True)
            case Halve(lone):
                return self._narrow(lease, "oversize", lone=lone)
            case Stop(code) | Retry(code) | Stranger(code):
                self.give_back(code)
            case UpdateNeeded():
                self.give_back("update-needed")
        return found

    def _settle(self, lease: Lease, answer: Answer, told: EventsAnswer) -> Delivered:
        settled = self._queue.settle(lease, answer).result()
        self._held = None
        self._most = min(MAX_RECORDS, max(self._most, 2 * len(lease.records)))
        return Delivered(settled.accepted + settled.rejected, told)

    def _narrow(self, lease: Lease, code: str, *, lone: bool) -> Delivered | Refused | None:
        """Halves what was refused; a record that is left alone is put aside, where `lone` allows it."""
        if len(lease.records) > 1:
            self._most = max(1, len(lease.records) // 2)
            self._held = self._queue.halve(lease).result()
            return None if self._held is not None else Delivered(0)
        if not lease.records or not lone:
            self.give_back(code)
            return Retry(code)
        parked = self._queue.park(lease, code).result()
        self._held = None
        log.warning("the collector refuses record %d (%s); it is put aside", lease.records[0].seq, code)
        return Delivered(parked)
