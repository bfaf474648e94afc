"""Bundles and receipts that are cut off, changed, forged or somebody else's: nothing of them counts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from bundle_world import FieldLaptop, events_at, flipped, read_at
from full_length import length
from msgspec import structs
from two_hands import TwoHands

from store.bundles import signing
from store.bundles.bundle_file import open_bundle, pack
from store.bundles.forms import BUNDLE, RECEIPT, BundleError, signed_line
from store.bundles.receipt_file import open_receipt, receipt_beside
from store.collector.errors import BundleRefused
from store.collector.opening import make_if_new, open_database
from store.collector.service import Collector
from store.sync.bundling import Received
from store.sync.credentials import new_private_key
from store.sync.forms import SyncError


@pytest.fixture
def collectors(tmp_path: Path) -> Iterator[Callable[[str], Collector]]:
    databases = []

    def made(name: str) -> Collector:
        database = open_database(str(tmp_path / name))
        make_if_new(database, TwoHands())
        databases.append(database)
        return Collector(database, TwoHands())

    yield made
    for database in databases:
        database.close()


@pytest.fixture
def collector(collectors: Callable[[str], Collector]) -> Collector:
    return collectors("ours")


@pytest.fixture
def laptop(tmp_path: Path, collector: Collector) -> Iterator[FieldLaptop]:
    made = FieldLaptop(tmp_path / "laptop", collector)
    made.device.agree()
    made.device.record(1, 2)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path, laptop: FieldLaptop) -> Path:
    path = tmp_path / "anna.whimbrel"
    laptop.bundling.write(path)
    return path


def refused_at(collector: Collector, file: Path) -> str:
    with pytest.raises((BundleError, BundleRefused)) as told:
        read_at(collector, file)
    assert isinstance(told.value, BundleError | BundleRefused)
    assert told.value.sentence.endswith("taken.")
    assert events_at(collector) == 0
    assert not receipt_beside(file).exists()
    return told.value.code


def test_no_byte_of_a_bundle_can_be_changed(collector: Collector, file: Path) -> None:
    for content in flipped(file.read_bytes()):
        file.write_bytes(content)
        refused_at(collector, file)


def test_no_bundle_counts_that_is_cut_or_longer(collector: Collector, file: Path) -> None:
    whole = file.read_bytes()
    for size in range(0, len(whole), length(5, 1)):
        file.write_bytes(whole[:size])
        assert refused_at(collector, file) == "bundle-damaged"
    for more in (b"\n", whole):
        file.write_bytes(whole + more)
        assert refused_at(collector, file) == "bundle-damaged"
    file.write_bytes(b"PK\x03\x04" + bytes(100))
    assert refused_at(collector, file) == "bundle-unknown"


def test_no_byte_of_a_receipt_can_be_changed(laptop: FieldLaptop, collector: Collector, file: Path) -> None:
    read_at(collector, file)
    receipt = receipt_beside(file)
    for content in flipped(receipt.read_bytes()):
        receipt.write_bytes(content)
        with pytest.raises(BundleError):
            laptop.bundling.receive(receipt)
    assert laptop.counts() == (0, 2, 0)


def test_no_receipt_counts_that_is_cut_or_longer(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(3, 500)
    laptop.bundling.write(file, replace=True)
    assert len(read_at(collector, file)) == 2
    receipt = receipt_beside(file)
    whole = receipt.read_bytes()
    first = whole.index(b"\n", len(RECEIPT)) + 1
    second = whole[first:]
    cuts = [*range(0, len(whole), 997), len(RECEIPT), first - 1, first, first + 1, len(whole) - 1]
    others = [whole + second, RECEIPT + second, RECEIPT + second + whole[len(RECEIPT) : first]]
    for content in (*(whole[:size] for size in cuts), *others):
        receipt.write_bytes(content)
        with pytest.raises(BundleError, match=r"nothing (of it )?was taken"):
            laptop.bundling.receive(receipt)
    assert laptop.counts() == (0, 502, 0)
    receipt.write_bytes(whole)
    assert laptop.bundling.receive(receipt) == Received(502, 0, 0, 0, 0)


def test_a_bundle_is_taken_by_its_own_collector_alone(
    collectors: Callable[[str], Collector], file: Path
) -> None:
    assert refused_at(collectors("another"), file) == "bundle-foreign"


def resealed(file: Path, private_key: str, **changes: object) -> None:
    """The same parts under another seal, signed by another key."""
    with open_bundle(file) as bundle:
        seal, parts = bundle.head.seal, [bundle.part(part) for part in range(len(bundle.head.seal.parts))]
    key = base64.b64decode(private_key)
    public_key = base64.b64encode(signing.public_key_of(key)).decode()
    text = msgspec.json.encode(structs.replace(seal, public_key=public_key, **changes))
    file.write_bytes(BUNDLE + signed_line(signing.sign(key, BUNDLE, text), text) + b"".join(parts))


def test_who_does_not_have_the_devices_key_cannot_write_in_its_name(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    resealed(file, new_private_key())
    assert refused_at(collector, file) == "bundle-unknown"
    resealed(file, laptop.private_key, device_id="ab" * 16)
    assert refused_at(collector, file) == "bundle-unknown"


def test_a_device_that_was_put_out_brings_nothing_in(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    collector.devices.revoke(laptop.id, "admin")
    assert refused_at(collector, file) == "bundle-revoked"


def test_a_device_cannot_write_in_anothers_name_inside_its_own_bundle(
    tmp_path: Path, laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    other = FieldLaptop(tmp_path / "other", collector, "other")
    resealed(file, other.private_key, device_id=other.id.hex())
    [taken] = read_at(collector, file)
    assert (taken.problem != "", taken.held, events_at(collector)) == (True, [], 0)
    assert other.bundling.receive(receipt_beside(file)) == Received(0, 0, 0, 1, 0)
    other.close()


def test_a_part_that_is_no_batch_is_told_and_its_records_wait(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    packed = pack(b"[]")
    with open_bundle(file) as bundle:
        seal = bundle.head.seal
    part = structs.replace(seal.parts[0], size=len(packed), sha256=hashlib.sha256(packed).hexdigest())
    key = base64.b64decode(laptop.private_key)
    text = msgspec.json.encode(structs.replace(seal, parts=[part]))
    file.write_bytes(BUNDLE + signed_line(signing.sign(key, BUNDLE, text), text) + packed)
    read_at(collector, file)
    assert laptop.bundling.receive(receipt_beside(file)) == Received(0, 0, 0, 1, 0)
    assert laptop.counts() == (0, 2, 0)


def test_a_receipt_is_of_the_own_collector_and_for_the_own_device(
    tmp_path: Path, laptop: FieldLaptop, collector: Collector, file: Path,
    collectors: Callable[[str], Collector],
) -> None:  # fmt: skip
    read_at(collector, file)
    other = FieldLaptop(tmp_path / "other", collector, "other")
    with pytest.raises(BundleError, match="another device"):
        other.bundling.receive(receipt_beside(file))
    other.close()
    stranger = collectors("another").bundles.public_key
    with pytest.raises(BundleError), open_receipt(receipt_beside(file), stranger):
        pass
    keyless = structs.replace(laptop.home, receipt_key="")
    laptop.device.memory.enrol(keyless)
    with pytest.raises(SyncError, match="Enrol it again"):
        laptop.bundling.receive(receipt_beside(file))
    assert laptop.counts() == (0, 2, 0)


def test_a_bundle_is_no_receipt_and_its_signature_no_receipts(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    with pytest.raises(BundleError, match="no receipt"):
        laptop.bundling.receive(file)
    with pytest.raises(BundleError, match="can't be read"):
        laptop.bundling.receive(file.with_name("gone"))
    key = base64.b64decode(laptop.private_key)
    public_key = signing.public_key_of(key)
    assert signing.is_signed(public_key, BUNDLE, b"x", signing.sign(key, BUNDLE, b"x"))
    assert not signing.is_signed(public_key, RECEIPT, b"x", signing.sign(key, BUNDLE, b"x"))
    assert not signing.is_signed(b"short", BUNDLE, b"x", signing.sign(key, BUNDLE, b"x"))
