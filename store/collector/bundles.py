"""Bundles at the collector: each part is kept as if it had come over the wire, and its receipt is signed.

A part is one transaction of the ledger, so a bundle that is read twice, or cut in the middle and read again,
changes nothing twice. Nothing of a bundle is kept beside its events.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
from msgspec import structs

from store.bundles.bundle_file import BundleFile, Head, check_part, unpack
from store.bundles.forms import BundleError, Seal, Taken, Withdrawn
from store.bundles.receipt_file import line_of
from store.bundles.signing import public_key_of
from store.clock import Clock
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase
from store.collector.erasing import Erasing
from store.collector.errors import BundleRefused, NotThere, WithdrawalsForgotten
from store.collector.incoming import WrongBatch
from store.collector.ledger import Outcome
from store.collector.release_reports import ReleaseReports
from store.collector.withdrawal import Withdrawals
from store.protocol import (
    MIN_SCHEMA,
    MOST_BODY_BYTES,
    SCHEMA,
    EventsRequest,
    RejectedEvent,
    WithdrawRequest,
)
from store.protocol_beside import EraseRequest
from store.protocol_releases import CarriedReports

_KEY = "SELECT private_key FROM receipt_key"
_DEVICE = "SELECT public_key, revoked_at, clock_offset_ms FROM device WHERE id = ?"
OTHER_VERSION = "The part is of another version of the protocol."
NOT_READABLE = "The part can't be read."
NOT_YET = "The collector has to hear first what the device took back."


class _Author(NamedTuple):
    """The device that signed a bundle."""

    id: bytes
    clock_offset_ms: int


class _Id(msgspec.Struct, frozen=True):
    """What must be readable of an event that was decided about."""

    event_id: str


class Bundles:
    """Takes the parts of bundles. Every method blocks. Raises what the database raises."""

    def __init__(
        self,
        collector_id: bytes,
        database: CollectorDatabase,
        clock: Clock,
        audit: Audit,
        *,
        take: Callable[[EventsRequest], Outcome],
        withdrawals: Withdrawals,
        erasing: Erasing,
        reports: ReleaseReports,
    ) -> None:
        self._collector_id = collector_id
        self._database = database
        self._clock = clock
        self._audit = audit
        self._take = take
        self._withdrawals = withdrawals
        self._erasing = erasing
        self._reports = reports
        with database.read() as session:
            self._key: bytes = bytes(session.rows(_KEY)[0][0])

    @property
    def public_key(self) -> bytes:
        """By which devices know a receipt of this collector: raw Ed25519."""
        return public_key_of(self._key)

    def take_all(self, bundle: BundleFile, who: str) -> Iterator[tuple[Taken, bytes]]:
        """Takes a whole bundle, a part at a time: what became of each and its line. Raises BundleRefused."""
        for index in range(len(bundle.head.seal.parts)):
            yield self.take(bundle.head, index, _part(bundle, index), who)

    def take(self, head: Head, index: int, packed: bytes, who: str) -> tuple[Taken, bytes]:
        """Takes one part, as it lies in the file: what became of it, and its line of the receipt.

        `who` reads it or passes it on, for the log. Raises BundleRefused where nothing of it counts.
        """
        seal = head.seal
        author = self._author(head)
        try:
            check_part(seal, index, packed)
            body = unpack(packed, MOST_BODY_BYTES)
        except BundleError as error:
            raise refused(error) from error
        taken = self._taken(author, _blank(seal, index, self._clock.now_ms()), seal.parts[index].what, body)
        if index == len(seal.parts) - 1:
            self._note(seal, who)
        return taken, line_of(taken, self._key)

    def _author(self, head: Head) -> _Author:
        """Who signed it. Raises BundleRefused."""
        if head.seal.collector_id != self._collector_id.hex():
            raise BundleRefused(
                "bundle-foreign", "This bundle is for another collector; nothing of it was taken.",
                "Take it to where it belongs.",
            )  # fmt: skip
        device_id = bytes.fromhex(head.seal.device_id)
        with self._database.read() as session:
            rows = session.rows(_DEVICE, (device_id,))
        if not rows or rows[0][0] is None or not head.is_signed_by(bytes(rows[0][0])):
            raise BundleRefused(
                "bundle-unknown",
                "No device here signed this bundle; nothing of it was taken.",
                "Have the device enrolled, and the bundle written anew.",
            )
        if rows[0][1] is not None:
            raise BundleRefused(
                "bundle-revoked",
                "The device that wrote this bundle was put out; nothing of it was taken.",
                "Enrol it anew, with a fresh code, if it is to send again.",
            )
        return _Author(device_id, rows[0][2] or 0)

    def _taken(self, author: _Author, blank: Taken, what: str, body: bytes) -> Taken:
        try:
            if what == "withdrawal":
                return self._withdraw(author, blank, msgspec.json.decode(body, type=WithdrawRequest))
            if what == "erasure":
                return self._erase(author, blank, msgspec.json.decode(body, type=EraseRequest))
            if what == "reports":
                return self._report(author, blank, msgspec.json.decode(body, type=CarriedReports))
            return self._keep(author, blank, msgspec.json.decode(body, type=EventsRequest))
        except WithdrawalsForgotten:
            return structs.replace(blank, problem=NOT_YET)
        except (msgspec.MsgspecError, RecursionError, UnicodeError, WrongBatch):
            return structs.replace(blank, problem=NOT_READABLE)

    def _keep(self, author: _Author, blank: Taken, request: EventsRequest) -> Taken:
        if not MIN_SCHEMA <= request.schema <= SCHEMA:
            return structs.replace(blank, problem=OTHER_VERSION)
        if bytes.fromhex(request.device_id) != author.id:
            raise WrongBatch("it is in the name of another device")
        # a file takes days: how wrong the device's clock is can't be told by it, only by what was known
        sent_at = self._clock.now_ms() - author.clock_offset_ms
        outcome = self._take(structs.replace(request, sent_at=sent_at))
        rejected = {each.event_id.hex() for each in outcome.rejected}
        ids = [msgspec.json.decode(raw, type=_Id).event_id for raw in request.events]
        return structs.replace(
            blank,
            new=outcome.accepted,
            held=[event_id for event_id in ids if event_id not in rejected],
            rejected=[RejectedEvent(one.event_id.hex(), one.code, one.reason) for one in outcome.rejected],
            dropped=request.dropped,
        )

    def _withdraw(self, author: _Author, blank: Taken, asked: WithdrawRequest) -> Taken:
        if bytes.fromhex(asked.device_id) != author.id:
            raise WrongBatch("it is in the name of another device")
        word = (author.id, asked.scope, asked.since, asked.consent)
        self._withdrawals.repeat(*word)  # an old bundle must not erase what was agreed to since
        return structs.replace(blank, withdrawn=Withdrawn(asked.scope, asked.consent, asked.since))

    def _erase(self, author: _Author, blank: Taken, asked: EraseRequest) -> Taken:
        if bytes.fromhex(asked.device_id) != author.id:
            raise WrongBatch("it is in the name of another device")
        self._erasing.erase(author.id, [bytes.fromhex(event_id) for event_id in asked.event_ids])
        return structs.replace(blank, erased=asked.event_ids)

    def _report(self, author: _Author, blank: Taken, told: CarriedReports) -> Taken:
        """Keeps what is told of releases that are here; of others it is told again with the next file."""
        if bytes.fromhex(told.device_id) != author.id:
            raise WrongBatch("it is in the name of another device")
        kept = []
        for each in told.reports:
            with contextlib.suppress(NotThere):
                self._reports.note(author, each.version, each.state, each.figures)
                kept.append(each)
        return structs.replace(blank, reported=kept)

    def _note(self, seal: Seal, who: str) -> None:
        details = {"device": seal.device_id, "bundle": seal.bundle_id, "parts": len(seal.parts)}
        with self._database.write() as session:
            self._audit.note(session, who, "bundle-read", details)


def _part(bundle: BundleFile, index: int) -> bytes:
    try:
        return bundle.part(index)
    except BundleError as error:
        raise refused(error) from error


def _blank(seal: Seal, index: int, now_ms: int) -> Taken:
    return Taken(
        schema=SCHEMA,
        collector_id=seal.collector_id,
        device_id=seal.device_id,
        bundle_id=seal.bundle_id,
        part=index,
        parts=len(seal.parts),
        taken_at=now_ms,
    )


def refused(error: BundleError) -> BundleRefused:
    """The collector's error for a bundle that is no good."""
    return BundleRefused(error.code, error.sentence, error.advice)
