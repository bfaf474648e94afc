"""Devices that write bundles, and the collector that reads them, on real files and with real keys."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from collecting import value
from full_length import length
from local_records import NOW
from paper_collector import PaperCollector
from sync_world import Device

from store.bundles.bundle_file import open_bundle
from store.bundles.forms import Taken
from store.bundles.receipt_file import receipt_beside, write_receipt
from store.collector.devices import Newcomer
from store.collector.service import Collector
from store.local.erased_sent import ErasedSent
from store.local.outbox_values import Answer, Settled
from store.local.sync_store import SyncStore
from store.protocol import EventsRequest
from store.sync.bundling import Bundling, BundlingParts
from store.sync.credentials import Secrets, new_private_key, public_key_of
from store.sync.forms import Consent, Enrolment, Withdrawal
from store.sync.payload import Sender, body_of
from store.sync.releases.memory import ReleaseMemory

_BITS = (0x01, 0x20, 0x80)


@dataclass
class FieldLaptop:
    """A device that is enrolled at a collector and has no network. `private_key` is raw, in base64."""

    folder: Path
    collector: Collector
    name: str = "field laptop"
    url: str = "https://collector.example"
    private_key: str = field(default_factory=new_private_key)

    def __post_init__(self) -> None:
        self.device = Device(self.folder, PaperCollector())
        key = base64.b64decode(public_key_of(self.private_key))
        newcomer = Newcomer(self.name, key, "install", "0.1.0", "linux")
        admitted = self.collector.devices.enrol(self.collector.devices.new_code("admin"), newcomer)
        self.id = admitted.device_id
        self.device.secrets.found = Secrets(admitted.token, self.private_key)
        self.home = Enrolment(
            self.url, self.collector.id.hex(), self.id.hex(), self.name, 1, "file",
            receipt_key=base64.b64encode(self.collector.bundles.public_key).decode(),
        )  # fmt: skip
        self.device.memory.enrol(self.home)
        notes = SyncStore(self.device.store.database)
        self.parts_of = notes.parts_of
        self.outbox = self.device.store.outbox
        self.releases = ReleaseMemory(notes)
        self.bundling = Bundling(
            BundlingParts(
                memory=self.device.memory,
                queue=self.outbox,
                parts_of=notes.parts_of,
                secrets=self.device.secrets,
                clock=self.device.clock,
                erased=ErasedSent(self.device.store.database),
                reports=self.releases,
            )
        )

    def consent(self) -> Consent:
        return self.device.memory.now().consent

    def take_back(self) -> Withdrawal:
        """The user takes everything back that was agreed to; nobody was told of it yet."""
        word = Withdrawal("all", 1, NOW)
        no = msgspec.structs.replace(self.consent(), number=2, given=False)
        self.device.memory.say(lambda _: (no, word))
        return word

    def counts(self) -> tuple[int, int, int]:
        """Accepted, waiting, rejected."""
        told = self.outbox.accounts()
        assert told.recorded == told.accepted + told.waiting + sum(told.rejected.values()) + sum(
            told.dropped.values()
        )
        return told.accepted, told.waiting, sum(told.rejected.values())

    def send_by_network(self, most: int) -> Settled:
        """One batch goes as it would over the wire."""
        lease = self.outbox.lease(most).result()
        assert lease is not None
        sender = Sender(self.id.hex(), self.device.clock.now_ms(), 0)
        body = body_of(lease, self.consent(), sender, self.parts_of)
        outcome = self.collector.take(msgspec.json.decode(body, type=EventsRequest))
        assert not outcome.rejected
        answer = Answer(lease.batch_id, outcome.accepted, outcome.duplicate, {}, lease.last_seq or 0)
        return self.outbox.settle(lease, answer).result()

    def close(self) -> None:
        self.device.close()


def read_at(collector: Collector, bundle: Path) -> list[Taken]:
    """What `whimbrel collect read` does: the receipt is then beside the bundle."""
    with open_bundle(bundle) as opened:
        told = list(collector.bundles.take_all(opened, "tests"))
    write_receipt(receipt_beside(bundle), [line for _, line in told])
    return [taken for taken, _ in told]


def events_at(collector: Collector) -> int:
    """How many events the collector has."""
    return int(value(collector.database, "SELECT count(*) FROM event"))


def flipped(content: bytes) -> list[bytes]:
    """The content with one byte changed, for every byte: in its lowest bit, its case or its highest bit, by
    turns; at full length in each of the three."""
    return [
        content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        for place in range(len(content))
        for bit in length((_BITS[place % 3],), _BITS)
    ]
