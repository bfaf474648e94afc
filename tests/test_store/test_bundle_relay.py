"""A colleague's laptop with a network passes a bundle on, over a real socket, and brings the receipt back."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from bundle_world import FieldLaptop, events_at
from collector_serving import ServedCollector, new_collector
from local_records import HandClock
from two_hands import TwoHands

from store.bundles.bundle_file import open_bundle
from store.bundles.forms import BundleError
from store.bundles.receipt_file import receipt_beside
from store.protocol import BUNDLE, BundleAnswer
from store.sync.bundling import Received
from store.sync.exchange import Exchange
from store.sync.forms import SyncError
from store.sync.relaying import Relaying
from store.sync.transport import HttpTransport, Part, Transport
from store.sync.verdict import Response


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCollector]:
    with new_collector(tmp_path, TwoHands()) as found:
        yield found


class Wire:
    """A real transport of which some answers are replaced, with a number by an earlier one."""

    def __init__(self) -> None:
        self.real: Transport = HttpTransport("Whimbrel/test")
        self.instead: dict[int, Response | int] = {}
        self.told: list[Response] = []
        self.asked = 0
        self.slept: list[float] = []

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        self.asked += 1
        self.told.append(self.real.post(url, body, token))
        instead = self.instead.get(self.asked, self.told[-1])
        return self.told[instead] if isinstance(instead, int) else instead

    def get(self, url: str, token: str | None, part: Part | None = None) -> Response:
        raise AssertionError(url)

    def close(self) -> None:
        self.real.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@pytest.fixture
def colleague(tmp_path: Path, served: ServedCollector) -> Iterator[FieldLaptop]:
    made = FieldLaptop(tmp_path / "colleague", served.collector, "colleague", served.url)
    yield made
    made.close()


@pytest.fixture
def relaying(colleague: FieldLaptop, wire: Wire) -> Relaying:
    exchange = Exchange(wire, HandClock())
    return Relaying(colleague.device.memory, colleague.device.secrets, exchange, wire.slept.append)


@pytest.fixture
def laptop(tmp_path: Path, served: ServedCollector) -> Iterator[FieldLaptop]:
    made = FieldLaptop(tmp_path / "laptop", served.collector)
    made.device.agree()
    made.device.record(1, 1100)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path, laptop: FieldLaptop) -> Path:
    path = tmp_path / "anna.whimbrel"
    assert laptop.bundling.write(path).parts == 3
    return path


def left_over(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir() if "anna" in path.name)


def test_a_colleague_passes_it_on_and_only_its_writer_gains(
    relaying: Relaying, laptop: FieldLaptop, colleague: FieldLaptop, served: ServedCollector, file: Path
) -> None:
    relayed = relaying.relay(file)
    assert (relayed.parts, relayed.before, relayed.records) == (3, 0, 1100)
    assert events_at(served.collector) == 1100
    assert served.collector.devices.find("field laptop").accepted == 1100
    assert served.collector.devices.find("colleague").accepted == 0
    assert left_over(file) == ["anna.whimbrel", "anna.whimbrel.receipt"]
    with pytest.raises(BundleError, match="another device"):
        colleague.bundling.receive(receipt_beside(file))
    assert laptop.bundling.receive(receipt_beside(file)) == Received(1100, 0, 0, 0, 0)
    assert relaying.relay(file).parts == 3
    assert laptop.bundling.receive(receipt_beside(file)) == Received(0, 0, 1100, 0, 0)
    assert events_at(served.collector) == 1100


@pytest.mark.parametrize("torn", [False, True])
def test_a_relay_that_was_cut_goes_on_there(
    relaying: Relaying, laptop: FieldLaptop, wire: Wire, file: Path, torn: bool
) -> None:
    wire.instead[2] = Response(failure="cut")
    with pytest.raises(SyncError, match="goes on from it"):
        relaying.relay(file)
    partial = file.with_name("anna.whimbrel.receipt.partial")
    assert not receipt_beside(file).exists()
    if torn:
        partial.write_bytes(partial.read_bytes() + b"0123 {")
    relayed = relaying.relay(file)
    assert (relayed.before, wire.asked) == (1, 4)
    assert laptop.bundling.receive(receipt_beside(file)).accepted == 1100
    assert left_over(file) == ["anna.whimbrel", "anna.whimbrel.receipt"]


def test_what_is_left_of_another_bundle_does_not_count(
    relaying: Relaying, laptop: FieldLaptop, wire: Wire, file: Path
) -> None:
    wire.instead[3] = Response(failure="timeout")
    with pytest.raises(SyncError):
        relaying.relay(file)
    laptop.bundling.write(file, replace=True)
    assert relaying.relay(file).before == 0
    assert laptop.bundling.receive(receipt_beside(file)).accepted == 1100


def test_a_busy_collector_is_waited_for(relaying: Relaying, wire: Wire, file: Path) -> None:
    wire.instead[1] = Response(429, "application/json", b"{}", retry_after="7")
    assert relaying.relay(file).parts == 3
    assert wire.slept == [7.0]
    wire.instead[5] = Response(503, "application/json", b"{}", retry_after="900")
    with pytest.raises(SyncError, match="busy"):
        relaying.relay(file)


def test_an_answer_that_the_collector_did_not_sign_counts_for_nothing(
    relaying: Relaying, served: ServedCollector, wire: Wire, file: Path
) -> None:
    line = f"{'0' * 128} {{}}"
    forged = BundleAnswer(served.collector.id.hex(), 1, line)
    wire.instead[1] = Response(200, "application/json", msgspec.json.encode(forged))
    with pytest.raises(SyncError, match="no receipt of the collector's"):
        relaying.relay(file)
    assert left_over(file) == ["anna.whimbrel"]


def test_what_the_collector_signed_of_another_part_counts_for_nothing(
    relaying: Relaying, laptop: FieldLaptop, wire: Wire, file: Path
) -> None:
    wire.instead[2] = 0
    with pytest.raises(SyncError, match="no receipt of the collector's"):
        relaying.relay(file)
    assert relaying.relay(file).before == 1
    assert laptop.bundling.receive(receipt_beside(file)).accepted == 1100


def test_what_cannot_be_passed_on_is_said(
    relaying: Relaying, colleague: FieldLaptop, laptop: FieldLaptop, served: ServedCollector, file: Path
) -> None:
    served.collector.devices.revoke(laptop.id, "admin")
    with pytest.raises(SyncError, match="was put out"):
        relaying.relay(file)
    served.collector.devices.revoke(colleague.id, "admin")
    with pytest.raises(SyncError, match="does not let this device in"):
        relaying.relay(file)
    colleague.device.memory.enrol(msgspec.structs.replace(colleague.home, collector_id="ab" * 16))
    with pytest.raises(BundleError, match="another collector"):
        relaying.relay(file)
    colleague.device.secrets.found = None
    with pytest.raises(SyncError, match="not on this computer"):
        relaying.relay(file)
    colleague.device.memory.leave(colleague.home)
    with pytest.raises(SyncError, match="no collector"):
        relaying.relay(file)
    assert events_at(served.collector) == 0


def test_the_collector_itself_takes_no_changed_part(
    laptop: FieldLaptop, colleague: FieldLaptop, served: ServedCollector, file: Path
) -> None:
    with open_bundle(file) as bundle:
        head, packed = bundle.head, bundle.part(0)
    body: dict[str, object] = {
        "schema": 1, "seal": head.text.decode(), "signature": head.signature, "part": 0,
        "packed": base64.b64encode(packed).decode(),
    }  # fmt: skip
    changes: list[dict[str, object]] = [
        {"seal": head.text.decode() + " "},
        {"signature": "0" * 128},
        {"packed": base64.b64encode(packed[:-1] + b"!").decode()},
        {"part": 3},
        {"packed": "A"},
    ]
    assert colleague.device.secrets.found is not None
    with served.client(colleague.device.secrets.found.token) as client:
        for change in changes:
            answer: httpx.Response = client.post(BUNDLE, json={**body, **change})
            assert (answer.status_code, answer.json()["code"]) == (422, "bundle-damaged"), change
            assert answer.json()["collector_id"] == served.collector.id.hex()
        assert events_at(served.collector) == 0
        assert client.post(BUNDLE, json=body).status_code == 200
    with served.client() as stranger:
        assert stranger.post(BUNDLE, json=body).status_code == 401
