"""Bundles and receipts at the device: what waits goes into a file, and what a collector signed counts.

What goes into a file is what would go over the wire, under the same consent, and waits all the same: it may
go by network before the file arrives, which changes nothing. A receipt counts only what the collector's own
key signed, about this device.
"""

from __future__ import annotations

import base64
import functools
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct, structs

from store.bundles.bundle_writer import BundleWriter, new_bundle
from store.bundles.forms import BUNDLE, Seal, SealedPart, Taken, Withdrawn, foreign
from store.bundles.receipt_file import open_receipt
from store.bundles.signing import public_key_of, sign
from store.clock import Clock
from store.local.outbox_values import MAX_RECORDS, Accounts, DroppedRange, Lease, Settled
from store.protocol import SCHEMA
from store.protocol_releases import CarriedReport, CarriedReports
from store.sync.credentials import Kept, Secrets
from store.sync.enrolled import not_enrolled, receipt_key_of
from store.sync.fitting import that_fit
from store.sync.forms import Enrolment, SyncError
from store.sync.memory import Remembered, SyncMemory
from store.sync.payload import PartsOf, Sender, body_of
from store.sync.releases.forms import Told
from store.sync.standing import request_of
from store.sync.telling import Erased, erase_requests
from store.sync.words import failure_words, held_words

_EVERYTHING = 2**62
_ID_BYTES = 16


class Queue(Protocol):
    """What is asked of the outbox; each future is set after its commit."""

    def accounts(self) -> Accounts:
        """For how many wait."""

    def page(self, after_seq: int, most: int = MAX_RECORDS) -> Lease | None:
        """What waits beyond a number."""

    def tell_drops(self, after_seq: int) -> Future[Lease | None]:
        """What was dropped beyond a number."""

    def receive(
        self, held: Collection[bytes], rejected: Mapping[bytes, str], dropped: Collection[DroppedRange]
    ) -> Future[Settled]:
        """Counts what a collector says."""


class SecretsOf(Protocol):
    """Where this device's key is."""

    def load(self, kept_in: Kept) -> Secrets | None:
        """The secrets; raises SyncError where they can't be reached now."""


class Reports(Protocol):
    """What the collector has yet to hear of releases (`store.sync.releases.memory.ReleaseMemory`)."""

    def reports(self) -> list[Told]:
        """The reports."""

    def heard(self, report: Told) -> None:
        """The collector has this one."""


class Written(Struct, frozen=True, rename="camel"):
    """What a bundle holds: records, drops and withdrawals in parts, and records too large for a file.

    Without any part there is no file.
    """

    records: int
    parts: int
    bytes: int
    left_out: int


class Received(Struct, frozen=True, rename="camel"):
    """What a receipt changed; `before` records were counted already, or are not in the queue any more.

    `unread` parts could not be read at the collector: what is in them still waits. `erased` records, which
    were erased here before, are gone there now, too.
    """

    accepted: int
    rejected: int
    before: int
    unread: int
    withdrawn: int
    erased: int = 0


@dataclass(frozen=True)
class BundlingParts:
    """What bundling works with; `new_id` makes 16 random bytes."""

    memory: SyncMemory
    queue: Queue
    parts_of: PartsOf
    secrets: SecretsOf
    clock: Clock
    erased: Erased
    reports: Reports
    new_id: Callable[[int], bytes] = os.urandom


class Bundling:
    """Writes bundles and takes receipts. Every method blocks, and raises StoreError."""

    def __init__(self, parts: BundlingParts) -> None:
        self._memory = parts.memory
        self._queue = parts.queue
        self._parts_of = parts.parts_of
        self._secrets = parts.secrets
        self._clock = parts.clock
        self._erased = parts.erased
        self._reports = parts.reports
        self._new_id = parts.new_id

    def write(self, target: Path, *, most: int = _EVERYTHING, replace: bool = False) -> Written:
        """Writes what waits, at most `most` records, as one file, whole or not at all.

        Raises SyncError where nothing may leave, or where the user's word changed while it was written.
        """
        known = self._memory.now()
        home = _may_leave(known, erased=self._erased.count())
        key = self._private_key(home)
        counted = _Counted()

        def seal_of(parts: list[SealedPart]) -> tuple[str, bytes]:
            self._check_word(known)
            seal = msgspec.json.encode(self._seal(home, key, counted.records, parts))
            return sign(key, BUNDLE, seal), seal

        with new_bundle(target, seal_of, replace=replace) as writer:
            for withdrawal in (*known.standing_at(home.collector_id), *known.withdrawals):
                writer.add("withdrawal", msgspec.json.encode(request_of(home.device_id, withdrawal)))
            for request in erase_requests(home.device_id, self._erased.next(_EVERYTHING)):
                writer.add("erasure", msgspec.json.encode(request))
            if known.consent.counts:
                self._add_events(writer, known, home, most, counted)
                self._add_reports(writer, home)
        size = target.stat().st_size if writer.parts else 0
        return Written(counted.records, len(writer.parts), size, counted.left_out)

    def receive(self, path: Path) -> Received:
        """Counts what a receipt says. Raises BundleError, and SyncError without an enrolment."""
        home = self._memory.now().enrolment
        if home is None:
            raise not_enrolled()
        with open_receipt(path, receipt_key_of(home)) as receipt:
            if (receipt.first.collector_id, receipt.first.device_id) != (home.collector_id, home.device_id):
                raise foreign("receipt")
            return _sum([self._count(taken) for taken in receipt.lines()])

    def _add_events(
        self, writer: BundleWriter, known: Remembered, home: Enrolment, most: int, counted: _Counted
    ) -> None:
        for lease in self._batches(most):
            behind = max(0, self._queue.accounts().waiting - counted.records - len(lease.records))
            for part in that_fit(lease, functools.partial(self._body, known, home, behind)):
                if part.body is not None and writer.add("events", part.body):
                    counted.records += part.records
                else:
                    counted.left_out += part.records

    def _add_reports(self, writer: BundleWriter, home: Enrolment) -> None:
        """What the team should know of its releases here."""
        if reports := [_carried(one) for one in self._reports.reports()]:
            writer.add("reports", msgspec.json.encode(CarriedReports(SCHEMA, home.device_id, reports)))

    def _body(self, known: Remembered, home: Enrolment, behind: int, lease: Lease) -> bytes:
        withdrawn = known.withdrawn_at(home.collector_id)
        sender = Sender(home.device_id, self._clock.now_ms(), behind, withdrawn)
        return body_of(lease, known.consent, sender, self._parts_of)

    def _batches(self, most: int) -> Iterator[Lease]:
        after = 0
        while (lease := self._queue.tell_drops(after).result()) is not None:
            yield lease
            after = lease.dropped[-1].from_seq
        after, left = 0, most
        while left > 0 and (lease := self._queue.page(after, min(left, MAX_RECORDS))) is not None:
            yield lease
            after = lease.records[-1].seq
            left -= len(lease.records)

    def _seal(self, home: Enrolment, key: bytes, records: int, parts: list[SealedPart]) -> Seal:
        return Seal(
            schema=SCHEMA,
            bundle_id=self._new_id(_ID_BYTES).hex(),
            collector_id=home.collector_id,
            device_id=home.device_id,
            public_key=base64.b64encode(public_key_of(key)).decode(),
            made_at=self._clock.now_ms(),
            records=records,
            parts=parts,
        )

    def _check_word(self, known: Remembered) -> None:
        now = self._memory.now()
        if (now.consent.number, now.enrolment) != (known.consent.number, known.enrolment):
            raise SyncError(
                "What may be sent was changed while the file was written; nothing was written.",
                "Write it again.",
            )

    def _private_key(self, home: Enrolment) -> bytes:
        secrets = self._secrets.load(home.kept_in)
        if secrets is None:
            raise SyncError(*failure_words("no-secret"))
        return base64.b64decode(secrets.private_key)

    def _count(self, taken: Taken) -> Received:
        held = [bytes.fromhex(one) for one in taken.held]
        rejected = {bytes.fromhex(one.event_id): one.code for one in taken.rejected}
        dropped = [DroppedRange(one.reason, one.from_seq, one.to_seq) for one in taken.dropped]
        settled = self._queue.receive(held, rejected, dropped).result()
        withdrawn = 0 if taken.withdrawn is None else self._hear(taken.withdrawn, taken.collector_id)
        if taken.erased:
            self._erased.heard([bytes.fromhex(one) for one in taken.erased]).result()
        for told in self._reports.reports():
            if _carried(told) in taken.reported:
                self._reports.heard(told)
        return Received(
            accepted=settled.accepted,
            rejected=settled.rejected,
            before=settled.returned,
            unread=int(bool(taken.problem)),
            withdrawn=withdrawn,
            erased=len(taken.erased),
        )

    def _hear(self, told: Withdrawn, collector_id: str) -> int:
        """The collector erased what was withdrawn: it need not be told again, as long as it knows."""
        for one in self._memory.now().withdrawals:
            if (one.scope, one.consent, one.since) == structs.astuple(told):
                self._memory.heard(one, collector_id)
                return 1
        return 0


@dataclass
class _Counted:
    records: int = 0
    left_out: int = 0


def _carried(told: Told) -> CarriedReport:
    return CarriedReport(told.version, told.state, told.figures)


def _may_leave(known: Remembered, *, erased: int) -> Enrolment:
    """Where it goes. Raises SyncError where nothing may leave, as over the wire."""
    if known.enrolment is None:
        raise not_enrolled()
    withdrawn = known.withdrawals or known.standing_at(known.enrolment.collector_id)
    if known.pause is not None or not (known.consent.counts or withdrawn or erased):
        raise SyncError(*held_words(known))
    return known.enrolment


def _sum(parts: list[Received]) -> Received:
    rows = [structs.astuple(part) for part in parts]
    return Received(*(sum(column) for column in zip(*rows, strict=True)))
