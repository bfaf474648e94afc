"""From a device by a file to the collector, and by its receipt back: once, whole, and agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from bundle_world import FieldLaptop, events_at, read_at
from collecting import value
from local_records import NOW, uuid_bytes
from msgspec import structs
from two_hands import TwoHands

from store.bundles.bundle_file import open_bundle, unpack
from store.bundles.bundle_writer import BundleWriter
from store.bundles.forms import BundleError
from store.bundles.receipt_file import receipt_beside
from store.collector.bundles import NOT_YET
from store.collector.service import Collector
from store.local.erasure.scope import Scope
from store.protocol import EventsRequest
from store.sync.bundling import Received
from store.sync.forms import Pause, SyncError

_DAY_MS = 86_400_000


@pytest.fixture
def laptop(tmp_path: Path, collector: Collector) -> Iterator[FieldLaptop]:
    made = FieldLaptop(tmp_path / "laptop", collector)
    made.device.agree()
    yield made
    made.counts()
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "anna.whimbrel"


def batches(file: Path) -> list[EventsRequest]:
    with open_bundle(file) as bundle:
        parts = range(len(bundle.head.seal.parts))
        return [msgspec.json.decode(unpack(bundle.part(part), 2**23), type=EventsRequest) for part in parts]


def test_what_waits_goes_by_file_and_counts_by_the_receipt(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(1, 1200)
    written = laptop.bundling.write(file)
    assert (written.records, written.parts, written.bytes) == (1200, 3, file.stat().st_size)
    assert laptop.counts() == (0, 1200, 0)
    told = read_at(collector, file)
    assert [one.new for one in told] == [500, 500, 200]
    assert events_at(collector) == 1200
    assert laptop.counts() == (0, 1200, 0)
    assert laptop.bundling.receive(receipt_beside(file)) == Received(1200, 0, 0, 0, 0)
    assert laptop.counts() == (1200, 0, 0)
    [line] = [entry for entry in collector.log() if entry.what == "bundle-read"]
    assert (line.who, line.details["device"]) == ("tests", laptop.id.hex())


def test_reading_and_counting_again_changes_nothing(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(1, 3)
    laptop.bundling.write(file)
    read_at(collector, file)
    first = receipt_beside(file).read_bytes()
    [again] = read_at(collector, file)
    assert (again.new, len(again.held), events_at(collector)) == (0, 3, 3)
    assert laptop.bundling.receive(receipt_beside(file)).accepted == 3
    receipt_beside(file).write_bytes(first)
    assert laptop.bundling.receive(receipt_beside(file)) == Received(0, 0, 3, 0, 0)
    assert laptop.counts() == (3, 0, 0)
    assert collector.devices.find(laptop.name).accepted == 3


def test_what_is_in_a_file_may_go_by_network_meanwhile(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(1, 5)
    laptop.bundling.write(file)
    laptop.send_by_network(2)
    [taken] = read_at(collector, file)
    assert (taken.new, len(taken.held), events_at(collector)) == (3, 5, 5)
    laptop.device.record(6, 1)
    lease = laptop.outbox.lease(1).result()
    assert laptop.bundling.receive(receipt_beside(file)) == Received(3, 0, 2, 0, 0)
    assert lease is not None
    assert laptop.outbox.release(lease, "offline").result() == 0
    assert laptop.counts() == (5, 1, 0)


def test_what_is_refused_is_put_aside_with_why(laptop: FieldLaptop, collector: Collector, file: Path) -> None:
    laptop.device.record(1, 2)
    laptop.bundling.write(file)
    withdrawal = (laptop.id, "all", None, laptop.consent().number)
    collector.withdrawals.withdraw(*withdrawal)
    [taken] = read_at(collector, file)
    assert [(one.event_id, one.code) for one in taken.rejected] == [
        (uuid_bytes(number).hex(), "erased") for number in (1, 2)
    ]
    assert laptop.bundling.receive(receipt_beside(file)).rejected == 2
    assert laptop.outbox.accounts().rejected == {"erased": 2}


def test_only_what_was_agreed_to_is_in_the_file(laptop: FieldLaptop, file: Path) -> None:
    laptop.device.record(1, 2)
    laptop.bundling.write(file)
    assert b"IMG_0001.jpg" not in b"".join(bytes(raw) for batch in batches(file) for raw in batch.events)
    laptop.device.agree(2, file_names=True)
    laptop.bundling.write(file, replace=True)
    [batch] = batches(file)
    assert b"IMG_0001.jpg" in bytes(batch.events[0])
    assert (batch.consent, batch.waiting, batch.first_seq, batch.last_seq) == (2, 0, 1, 2)


def test_nothing_is_written_where_nothing_may_leave(laptop: FieldLaptop, file: Path) -> None:
    laptop.device.record(1, 2)
    memory = laptop.device.memory
    memory.pause(Pause("user"))
    with pytest.raises(SyncError, match="paused"):
        laptop.bundling.write(file)
    memory.pause(Pause("collector", "token-refused"))
    with pytest.raises(SyncError, match="does not let this device in"):
        laptop.bundling.write(file)
    memory.pause(None)
    memory.say(lambda known: (structs.replace(known.consent, given=False), None))
    with pytest.raises(SyncError, match="not agreed"):
        laptop.bundling.write(file)
    memory.leave(laptop.home)
    with pytest.raises(SyncError, match="no collector"):
        laptop.bundling.write(file)
    with pytest.raises(SyncError, match="no collector"):
        laptop.bundling.receive(file)
    assert not file.exists()


def test_a_word_that_changes_meanwhile_leaves_no_file(
    laptop: FieldLaptop, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.device.record(1, 2)
    add = BundleWriter.add

    def slowly(self: BundleWriter, what: object, body: bytes) -> bool:
        laptop.device.agree(2)
        return add(self, what, body)  # type: ignore[arg-type]

    monkeypatch.setattr(BundleWriter, "add", slowly)
    with pytest.raises(SyncError, match="changed while"):
        laptop.bundling.write(file)
    assert [path.name for path in file.parent.iterdir() if "anna" in path.name] == []


def test_where_nothing_waits_there_is_no_file_and_one_that_is_there_stays(
    laptop: FieldLaptop, file: Path
) -> None:
    assert laptop.bundling.write(file).parts == 0
    assert not file.exists()
    file.write_bytes(b"a letter")
    laptop.device.record(1, 1)
    with pytest.raises(BundleError, match="already"):
        laptop.bundling.write(file)
    assert file.read_bytes() == b"a letter"
    with pytest.raises(BundleError, match="can't be written"):
        laptop.bundling.write(file / "below")
    laptop.bundling.write(file, replace=True)
    assert laptop.bundling.write(file.with_name("first"), most=0).parts == 0


def test_the_first_records_alone(laptop: FieldLaptop, collector: Collector, file: Path) -> None:
    laptop.device.record(1, 7)
    assert laptop.bundling.write(file, most=4).records == 4
    [taken] = read_at(collector, file)
    assert taken.held == [uuid_bytes(number).hex() for number in (1, 2, 3, 4)]
    [batch] = batches(file)
    assert batch.waiting == 3


def test_what_was_dropped_is_told_and_confirmed(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(1, 3)
    lease = laptop.outbox.lease().result()
    assert lease is not None
    laptop.outbox.park(lease, "conflict").result()
    laptop.outbox.discard([2]).result()
    laptop.device.record(4, 1)
    laptop.bundling.write(file)
    laptop.outbox.discard([3]).result()
    told = read_at(collector, file)
    assert [(one.from_seq, one.to_seq) for one in told[0].dropped] == [(2, 2)]
    assert laptop.bundling.receive(receipt_beside(file)).accepted == 1
    assert laptop.outbox.accounts().unreported_drops == 1
    assert value(collector.database, "SELECT count(*) FROM dropped_range") == 1


def test_what_is_taken_back_travels_too_and_is_not_taken_back_twice(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(1, 3)
    laptop.send_by_network(3)
    laptop.take_back()
    assert laptop.bundling.write(file).parts == 1
    [taken] = read_at(collector, file)
    assert taken.withdrawn is not None
    assert value(collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 0
    assert laptop.bundling.receive(receipt_beside(file)).withdrawn == 1
    assert laptop.device.memory.now().withdrawals == ()
    laptop.device.agree(3)
    laptop.device.record(4, 2)
    laptop.send_by_network(2)
    read_at(collector, file)
    assert value(collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 2


def test_what_was_taken_back_before_is_in_every_file_for_a_collector_that_was_put_back(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(1, 3)
    laptop.send_by_network(3)
    word = laptop.take_back()
    laptop.device.memory.heard(word, collector.id.hex())
    assert laptop.bundling.write(file).parts == 1, "a user who sends nothing any more"
    laptop.device.agree(3)
    laptop.device.record(4, 2)
    assert laptop.bundling.write(file, replace=True).parts == 2
    with open_bundle(file) as opened:
        _, early = collector.bundles.take(opened.head, 1, opened.part(1), "tests")
    assert NOT_YET in early.decode()
    assert events_at(collector) == 3
    [taken_back, sent] = read_at(collector, file)
    assert (taken_back.withdrawn is not None, sent.new) == (True, 2)
    assert value(collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 2
    read_at(collector, file)
    assert value(collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 2
    assert laptop.bundling.receive(receipt_beside(file)) == Received(2, 0, 0, 0, 0)


def test_what_is_erased_travels_too_also_without_consent(
    laptop: FieldLaptop, collector: Collector, file: Path
) -> None:
    laptop.device.record(1, 3)
    laptop.send_by_network(2)
    laptop.device.store.upkeep.erase(Scope(everything=True))
    laptop.device.store.upkeep.finish()
    nothing = structs.replace(laptop.consent(), number=2, given=False)
    laptop.device.memory.say(lambda _: (nothing, None))
    laptop.bundling.write(file)
    [taken] = read_at(collector, file)
    assert set(taken.erased) == {uuid_bytes(number).hex() for number in (1, 2, 3)}
    assert value(collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 0
    assert laptop.bundling.receive(receipt_beside(file)).erased == 3
    assert laptop.device.engine.state().erasing == 0
    with pytest.raises(SyncError):
        laptop.bundling.write(file, replace=True)


def test_the_days_on_the_way_are_no_fault_of_the_clock(
    laptop: FieldLaptop, collector: Collector, clock: TwoHands, file: Path
) -> None:
    laptop.device.record(1, 1)
    laptop.bundling.write(file)
    clock.run(9 * _DAY_MS)
    read_at(collector, file)
    assert value(collector.database, "SELECT recorded_at FROM event") == NOW + 1
    laptop.device.record(2, 1)
    laptop.device.clock.now = NOW - 5 * _DAY_MS
    laptop.send_by_network(2)
    laptop.device.record(3, 1)
    laptop.bundling.write(file, replace=True)
    clock.run(_DAY_MS)
    read_at(collector, file)
    corrected = "SELECT recorded_at - recorded_original FROM event WHERE seq = 3"
    assert value(collector.database, corrected) == 14 * _DAY_MS


def test_what_is_in_flight_is_in_the_file_too(laptop: FieldLaptop, file: Path) -> None:
    laptop.device.record(1, 2)
    assert laptop.outbox.lease(1).result() is not None
    assert laptop.bundling.write(file).records == 2
