"""A collector that was put back from a backup, with a device whose user took something back since: over real
sockets and from real copies, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from collecting import newcomer, rows, value
from collector_serving import serving_collector
from local_records import EMBEDDING, base64_text, inference, send, uuid_bytes
from msgspec import structs
from outbox_accounts import accounts
from sync_world import Device

from store.clock import SystemClock
from store.collector import backup
from store.collector.database import CollectorDatabase
from store.collector.opening import open_database
from store.collector.service import Collector
from store.protocol import EVENTS, ME, WITHDRAW, Scope
from store.sync.credentials import Secrets
from store.sync.forms import Enrolment, Sharing, Withdrawal
from store.sync.standing import LOOK_EVERY_S
from store.sync.transport import HttpTransport

SAY = "SELECT event_id FROM event WHERE payload IS NOT NULL ORDER BY seq"
PARTS = "SELECT count(*) FROM event_part"


class Centre:
    """The team's collector, wherever it runs now; `told` has the addresses that the device asked."""

    def __init__(self, database: CollectorDatabase, url: str, new_url: Callable[[], str], copy: Path) -> None:
        self._url = url
        self._new_url = new_url
        self._copy = copy
        self._held = ExitStack()
        self.told: list[str] = []
        self.serve(database)

    def serve(self, database: CollectorDatabase) -> None:
        self.collector = Collector(database, SystemClock())
        self.url = self._held.enter_context(serving_collector(self.collector)).url

    def keep_a_copy(self) -> None:
        backup.back_up(self._url, self._copy)

    def put_back(self) -> None:
        """From the copy, into another database, as an administrator does."""
        self._held.close()
        self.told.clear()
        target = self._new_url()
        backup.restore(target, self._copy)
        self.serve(self._held.enter_context(closing(open_database(target))))

    def says(self) -> list[bytes]:
        """The events that say something."""
        return [bytes(event_id) for (event_id,) in rows(self.collector.database, SAY)]

    def close(self) -> None:
        self._held.close()


class Way(HttpTransport):
    """To wherever the collector is."""

    def __init__(self, centre: Centre) -> None:
        super().__init__("Whimbrel/test", connect_s=5, read_s=30)
        self._centre = centre

    def _at(self, url: str) -> str:
        path = url.removeprefix("https://collector.example")
        self._centre.told.append(path)
        return self._centre.url + path

    def post(self, url: str, body: bytes, token: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN201
        return super().post(self._at(url), body, token)

    def get(self, url: str, token: str | None, part=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        return super().get(self._at(url), token, part)


@pytest.fixture
def centre(
    collector_database: CollectorDatabase, collector_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Centre]:
    def new_url() -> str:
        if collector_url.startswith("postgresql"):
            return str(request.getfixturevalue("postgres").empty_database())
        return str(tmp_path / "restored.sqlite3")

    made = Centre(collector_database, collector_url, new_url, tmp_path / "copy")
    yield made
    made.close()


@pytest.fixture
def device(tmp_path: Path, centre: Centre) -> Iterator[Device]:
    way = Way(centre)
    made = Device(tmp_path / "device", way)
    devices = centre.collector.devices
    admitted = devices.enrol(devices.new_code("test"), newcomer("laptop"))
    made.secrets.found = Secrets(admitted.token, "")
    made.memory.enrol(
        Enrolment(
            "https://collector.example", centre.collector.id.hex(), admitted.device_id.hex(), "l", 1, "file"
        )
    )
    made.agree(embeddings=True)
    yield made
    accounts(made.store.database)
    made.close()
    way.close()


def takes_back(device: Device, scope: Scope) -> None:
    """As the user does: the next word, and what it takes back of the one before."""
    before = device.memory.now().consent
    after = structs.replace(
        before, number=before.number + 1, given=before.given and scope != "all", sharing=Sharing()
    )
    device.memory.say(lambda _: (after, Withdrawal(scope, before.number, 1)))
    device.drain()


def test_it_is_told_again_also_by_a_device_that_sends_nothing_any_more(
    centre: Centre, device: Device
) -> None:
    device.record(1, 3)
    device.drain()
    centre.keep_a_copy()
    takes_back(device, "all")
    assert centre.says() == []
    centre.put_back()
    assert len(centre.says()) == 3
    device.drain()
    assert len(centre.says()) == 3, "it was looked for today already"
    device.clock.now += int(LOOK_EVERY_S * 1000)
    device.drain()
    assert (centre.says(), centre.told) == ([], [ME, WITHDRAW])
    device.restart()
    device.drain()
    assert centre.told == [ME, WITHDRAW, ME], "what it knows is not repeated"


def test_what_was_agreed_to_anew_is_not_erased_with_what_was_taken_back(
    centre: Centre, device: Device
) -> None:
    device.record(1, 3)
    device.drain()
    centre.keep_a_copy()
    takes_back(device, "all")
    device.agree_anew()
    device.record(4, 2)
    device.drain()
    assert centre.says() == [uuid_bytes(4), uuid_bytes(5)]
    centre.put_back()
    device.record(6, 2)
    device.engine.once()
    assert (len(centre.says()), centre.told) == (3, [EVENTS]), "nothing is kept before it knows"
    device.engine.compare_soon()
    device.drain()
    assert centre.says() == [uuid_bytes(number) for number in (4, 5, 6, 7)]
    assert device.store.outbox.accounts().rejected == {}
    assert device.engine.state().withdrawing == ()


def test_a_part_that_was_taken_back_goes_alone(centre: Centre, device: Device) -> None:
    send(device.store.statistics, inference(1, embedding=base64_text(EMBEDDING)))
    device.drain()
    centre.keep_a_copy()
    takes_back(device, "embeddings")
    centre.put_back()
    assert value(centre.collector.database, PARTS) == 1
    device.restart()
    device.drain()
    assert (value(centre.collector.database, PARTS), len(centre.says())) == (0, 1)


def test_a_memory_put_back_to_before_it_was_taken_back_asks_once_more_and_loses_nothing(
    centre: Centre, device: Device
) -> None:
    device.record(1, 2)
    device.drain()
    device.close()
    copy = Path(shutil.copytree(device.folder, device.folder.with_name("copy of it")))
    device.start()
    device.agree(5)
    takes_back(device, "all")
    assert centre.says() == []
    device.close()
    shutil.rmtree(device.folder)
    copy.rename(device.folder)
    device.start()
    device.record(3, 1)
    device.drain()
    assert (device.engine.state().phase, device.memory.now().withdrawn) == ("no_consent", 5)
    assert device.store.outbox.accounts().waiting == 1
    assert "taken back since" in device.engine.state().sentence
    device.agree_anew()
    device.drain()
    assert (centre.says(), device.store.outbox.accounts().rejected) == ([uuid_bytes(3)], {})
