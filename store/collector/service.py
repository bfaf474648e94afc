"""The collector as one object: what handlers and commands ask of it. Everything here blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from store.clock import Clock
from store.collector import counting, days, ledger, rate_buckets, reconcile, statistics
from store.collector.accounts import Accounts
from store.collector.analytics import Analytics
from store.collector.audit import Audit, AuditEntry
from store.collector.bundles import Bundles
from store.collector.database import CollectorDatabase, Session
from store.collector.devices import Device, Devices, device_of_token
from store.collector.erasing import Erasing
from store.collector.errors import TokenRefused
from store.collector.handing_in import HandingIn
from store.collector.incoming import read_batch
from store.collector.labels import Labels
from store.collector.ledger import Outcome
from store.collector.migrations import require_schema
from store.collector.models import Models
from store.collector.rate_buckets import Rate
from store.collector.release_keys import ReleaseKeys
from store.collector.release_reports import ReleaseReports
from store.collector.releases import Release, Releases
from store.collector.retention import Retention
from store.collector.settling import Settling
from store.collector.withdrawal import Withdrawals
from store.events import BatchResult, StatisticsBatch
from store.ids import IdMaker
from store.protocol import EventsRequest, Range

_ID = "SELECT collector_id FROM collector"
_LAST_SEQS = "SELECT epoch, last_seq FROM queue_epoch WHERE device_id = ? ORDER BY number"
_ENROLLED = "SELECT count(*) FROM device WHERE revoked_at IS NULL"
COUNT_DEVICES_EVERY_S = 60.0
_REACHED = "SELECT max(number) FROM migration"
_BEAT = "INSERT INTO beat (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at"


class Limits(NamedTuple):
    """How often a device may ask, an address try to enrol, and an address come with a wrong token."""

    device: Rate = Rate(50, 200)
    enrolment: Rate = Rate(0.2, 20)
    strangers: Rate = Rate(0.5, 60)


class Collector:
    """A collector on its database, which must have the right schema.

    Raises WrongSchema where it has not, and what the database raises.
    """

    def __init__(
        self,
        database: CollectorDatabase,
        clock: Clock,
        limits: Limits | None = None,
        analytics: Analytics | None = None,
    ) -> None:
        require_schema(database)
        ids = IdMaker(clock)
        self.database = database
        self.clock = clock
        self.audit = Audit(clock, ids)
        self.devices = Devices(database, clock, self.audit)
        self.withdrawals = Withdrawals(database, clock, ids, self.audit)
        self.erasing = Erasing(database, clock, self.audit)
        self.retention = Retention(database, self.audit)
        self.accounts = Accounts(database, clock, self.audit)
        self.analytics = analytics or Analytics(database, clock)
        self.labels = Labels(database, self.audit)
        self.settling = Settling(database, clock, ids, self.audit)
        self.models = Models(database, clock, self.audit)
        self.handing_in = HandingIn(database, self.models)
        self.release_keys = ReleaseKeys(database, clock, self.audit)
        self.releases = Releases(database, clock, self.audit)
        self.release_reports = ReleaseReports(database, clock)
        self._limits = limits or Limits()
        self._counted_at: float | None = None
        self.enrolled = 0
        with database.read() as session:
            self.id: bytes = session.rows(_ID)[0][0]
        self.bundles = Bundles(
            self.id,
            database,
            clock,
            self.audit,
            take=self.take,
            withdrawals=self.withdrawals,
            erasing=self.erasing,
            reports=self.release_reports,
        )

    def admit(self, token: str, address: str) -> Device:
        """Who asks, counted against how often that device may. Raises TokenRefused, TooOften.

        A wrong token counts against the address, so that nobody can go on guessing.
        """
        now = self.clock.now_ms()
        try:
            with self.database.admission() as (session, passing):
                device = device_of_token(session, token)
                rate_buckets.take(passing, f"device {device.id.hex()}", self._limits.device, now)
                return device
        except TokenRefused:
            with self.database.passing() as session:
                rate_buckets.take(session, f"stranger {address}", self._limits.strangers, now)
            raise

    def may_enrol(self, address: str) -> None:
        """Counts an attempt to enrol. Raises TooOften."""
        with self.database.passing() as session:
            now = self.clock.now_ms()
            rate_buckets.take(session, f"enrolment {address}", self._limits.enrolment, now)

    def take(self, request: EventsRequest) -> Outcome:
        """Keeps a batch; returns after the commit. Raises WrongBatch, TokenRefused."""
        return ledger.take(self.database, read_batch(request, self.clock.now_ms()))

    def take_from(self, device: Device, request: EventsRequest) -> tuple[Outcome, Release | None]:
        """As `take`, and which release waits for the device."""
        batch = read_batch(request, self.clock.now_ms())
        with self.database.write() as session:
            self._count_devices(session)
            return ledger.keep(session, batch), self.releases.offer_in(session, device)

    def offer_to(self, device: Device) -> Release | None:
        """Which release waits for a device whose batch somebody else took."""
        with self.database.read() as session:
            self._count_devices(session)
            return self.releases.offer_in(session, device)

    def _count_devices(self, session: Session) -> None:
        """Now and then, for who has to know how many may come at once."""
        now = self.clock.monotonic()
        if self._counted_at is None or now - self._counted_at > COUNT_DEVICES_EVERY_S:
            self._counted_at = now
            ((self.enrolled,),) = session.rows(_ENROLLED)

    def record(self, device: Device, batch: StatisticsBatch, body_hash: bytes) -> BatchResult:
        """Keeps a batch of a program that is not Whimbrel; returns after the commit."""
        return statistics.record(self.database, device.id, batch, body_hash, self.clock.now_ms())

    def compare(self, device: Device, epoch: bytes, ranges: Sequence[Range]) -> reconcile.Compared:
        """Which ranges are here as the device says."""
        return reconcile.compare(self.database, device.id, epoch, ranges)

    def ids_of(self, device: Device, from_seq: int, to_seq: int) -> list[tuple[int, bytes]]:
        """What is here of a range."""
        return reconcile.ids(self.database, device.id, from_seq, to_seq)

    def last_seqs(self, device: Device) -> Mapping[bytes, int]:
        """The greatest number that came, by queue epoch."""
        with self.database.read() as session:
            return dict(session.rows(_LAST_SEQS, (device.id,)))

    def note(self, who: str, what: str, details: Mapping[str, object]) -> None:
        """Writes a line of the log about what changed nothing here."""
        with self.database.write() as session:
            self.audit.note(session, who, what, details)

    def log(self) -> list[AuditEntry]:
        """Who did what, the newest first."""
        with self.database.read() as session:
            return self.audit.last(session)

    def check(self) -> None:
        """Raises what keeps the collector from answering: no database, or one that was restored from before.

        What a later Whimbrel migrated meanwhile keeps nobody: migrations add.
        """
        require_schema(self.database, or_newer=True)

    def count(self) -> int:
        """Adds what came in to the figures. Returns how many batches still wait for that."""
        with self.database.write() as session:
            session.change(_BEAT, (self.clock.now_ms(),))
        return counting.count(self.database)

    def upkeep(self) -> None:
        """What is to be done now and then: counts the day, ends withdrawals, lets go of what is too old."""
        with self.database.write() as session:
            days.count(session, self.clock)
        self.withdrawals.finish()
        self.retention.run()
        with self.database.passing() as session:
            rate_buckets.forget_full(session, self.clock.now_ms())
