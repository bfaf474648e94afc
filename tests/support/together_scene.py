"""The scene of the machine that drives devices and their collector together: what its rules act on.

Devices are real memories and engines on the disk, the collector is the real application on a real socket;
between them is a wire that does what it is told to the next request.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import msgspec
from collecting import newcomer
from collector_serving import serving_collector
from hypothesis.stateful import RuleBasedStateMachine
from outbox_accounts import accounts
from outbox_running import TwoClocks
from sync_faults.judging import Held, Kept, judge_now, look_at_collector, look_at_device
from sync_world import URL, Device

from store.collector.migrations import migrate
from store.collector.rate_buckets import Rate
from store.collector.service import Collector, Limits
from store.collector.sqlite_database import SqliteDatabase
from store.local.outbox_rows import DEAD
from store.protocol import EVENTS, EventsAnswer, EventsRequest
from store.sync.credentials import Secrets
from store.sync.forms import Enrolment
from store.sync.transport import HttpTransport
from store.sync.verdict import Response

_STRANGERS = {
    "lost": Response(failure="offline"),
    "portal": Response(200, "text/html", b"<html>Welcome</html>"),
    "redirect": Response(302, "text/html"),
    "busy": Response(503, "text/plain", retry_after="1000000000"),
    "refused": Response(422, "application/problem+json", b'{"status": 422, "code": "wrong-shape"}'),
}
HARMS = (*_STRANGERS, "unheard", "twice", "older", "forged")
_OFTEN = Rate(10_000, 10_000)
_FILE = "collector.sqlite3"
_MOST_TURNS = 500
ERASED = "erased"


class Wire:
    """A transport to wherever the collector is now. `harm` is done to the next request, once."""

    def __init__(self) -> None:
        self._http = HttpTransport("Whimbrel/test", connect_s=30, read_s=60)
        self._earlier: Response | None = None
        self.here = ""
        self.harm = ""

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        """Passes a request on, or does the harm."""
        harm, self.harm = self.harm, ""
        told = self._not_the_collector(harm, url, body)
        if told is not None:
            return told
        told = self._http.post(url.replace(URL, self.here), body, token)
        if harm == "twice":
            told = self._http.post(url.replace(URL, self.here), body, token)
        self._earlier = told
        return Response(failure="cut") if harm == "unheard" else told

    def _not_the_collector(self, harm: str, url: str, body: bytes) -> Response | None:
        """What comes of a request that is not passed on."""
        if harm == "forged" and url.endswith(EVENTS):
            return _forged(body)
        return self._earlier if harm == "older" else _STRANGERS.get(harm)

    def get(self, url: str, token: str | None) -> Response:
        """As `post`."""
        return self._http.get(url.replace(URL, self.here), token)

    def close(self) -> None:
        """Ends."""
        self._http.close()


def _forged(body: bytes) -> Response:
    """Another collector says that it has it all."""
    sent = msgspec.json.decode(body, type=EventsRequest)
    told = EventsAnswer(
        "0" * 32,
        sent.batch_id,
        len(sent.events),
        0,
        [],
        sent.last_seq,
        server_time=0,
        min_schema=1,
        max_schema=1,
    )
    return Response(200, "application/json", msgspec.json.encode(told))


def make_templates(folder: Path) -> Path:
    """An empty collector, and a device that agreed and is enrolled there, to start from."""
    clock = TwoClocks()
    with closing(SqliteDatabase(folder / _FILE)) as database:
        migrate(database, clock)
        devices = Collector(database, clock).devices
        admitted = devices.enrol(devices.new_code("test"), newcomer("laptop"))
        collector_id = Collector(database, clock).id.hex()
    (folder / "token").write_text(admitted.token)
    device = Device(folder / "device", Wire(), clock)  # type: ignore[arg-type]  # it has the same methods
    device.memory.enrol(Enrolment(URL, collector_id, admitted.device_id.hex(), "laptop", 1, "file"))
    device.agree(1, embeddings=True)
    device.close()
    return folder


class TogetherScene(RuleBasedStateMachine):
    """`known` are the ids that any device ever recorded, and in how many places each."""

    templates: Path

    def set_up(self) -> None:
        """A device and a collector that know each other, and nothing recorded."""
        self.root = Path(tempfile.mkdtemp())
        self.held = contextlib.ExitStack()
        self.wire = Wire()
        self.clock = TwoClocks()
        self.numbers = 0
        self.folders = 0
        self.known: set[bytes] = set()
        self.forgot = False
        self.withdrew = False
        self.kept_device: Path | None = None
        self.kept_collector: Path | None = None
        shutil.copy(self.templates / _FILE, self.root / _FILE)
        self.start_collector()
        self.devices = [self.opened(Path(shutil.copytree(self.templates / "device", self.new_folder())))]

    def teardown(self) -> None:
        if not hasattr(self, "devices"):
            return
        try:
            self.come_to_rest()
        finally:
            for device in self.devices:
                device.close()
            self.held.close()
            self.wire.close()
            shutil.rmtree(self.root)

    def new_folder(self) -> Path:
        self.folders += 1
        return self.root / f"device-{self.folders}"

    def opened(self, folder: Path) -> Device:
        device = Device(folder, self.wire, TwoClocks())  # type: ignore[arg-type]
        device.secrets.found = Secrets((self.templates / "token").read_text(), "")
        return device

    def start_collector(self) -> None:
        database = SqliteDatabase(self.root / _FILE)
        self.held.callback(database.close)
        collector = Collector(database, self.clock, Limits(_OFTEN, _OFTEN, _OFTEN))
        self.wire.here = self.held.enter_context(serving_collector(collector)).url
        self.collector = collector

    def stop_collector(self) -> Path:
        self.held.close()
        return self.root / _FILE

    def take_turns(self, device: Device, most: int) -> None:
        """As the engine's thread would, jumping over pauses."""
        for _ in range(most):
            outcome = device.engine.once(asked=True)
            if outcome.wait_s is None or (outcome.phase in ("idle", "no_consent") and outcome.wait_s > 0):
                return
            device.clock.pass_time(outcome.wait_s)  # type: ignore[attr-defined]
        if most == _MOST_TURNS:
            raise AssertionError("it never comes to rest")

    def look(self) -> tuple[list[Held], Kept]:
        """What everybody has; devices' own sums must add up."""
        devices = [look_at_device(device.folder) for device in self.devices]
        for device, held in zip(self.devices, devices, strict=True):
            accounts(device.store.database)
            self.known |= held.records.keys()
        return devices, look_at_collector(str(self.root / _FILE))

    def come_to_rest(self) -> None:
        """Nothing is in the way any more, and everybody agrees: then it must add up."""
        self.wire.harm = ""
        for device in self.devices:
            device.engine.compare_soon()
            self.take_turns(device, _MOST_TURNS)
            device.agree_anew(embeddings=True)
            self.take_turns(device, _MOST_TURNS)
        devices, kept = self.look()
        verdict = judge_now(devices, kept)
        assert verdict.good, verdict
        assert kept.ids.keys() <= self.known
        assert kept.counted == kept.ids.total()
        for held in devices:
            assert held.accounts.waiting == 0, held.accounts
            for event_id, one in held.records.items():
                if one.state == DEAD:
                    assert (one.code, self.withdrew) == (ERASED, True), one
                else:
                    assert event_id in kept.ids


@contextlib.contextmanager
def closed(scene: TogetherScene, place: int) -> Iterator[Path]:
    """The folder of a device that does not run meanwhile; it is opened again."""
    device = scene.devices[place]
    device.close()
    yield device.folder
    scene.devices[place] = scene.opened(device.folder)


def checkpointed(file: Path) -> Path:
    """A database of a process that has ended, as one file."""
    with closing(apsw.Connection(str(file))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return file
