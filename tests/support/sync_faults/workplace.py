"""What the rounds share: nurseries, the proxy, and an enrolled device with its collector to copy."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from fault_suite.nursery import Nursery
from fault_suite.parts import MEMORY_DISK
from postgres_server import PostgresServer
from sync_faults.bases import Base, PostgresBase, SqliteBase
from sync_faults.collecting import RunningStore
from sync_faults.device import Entry
from sync_faults.nursery import PROGRAM
from sync_faults.proxy import Proxy
from sync_faults.troubles import Troubles

from store.clock import SystemClock
from store.collector.migrations import migrate
from store.collector.opening import open_database
from store.collector.service import Collector


class Workplace:
    """Made by `workplace`. `collector`, `stranger` and `device` are to be copied, never used."""

    def __init__(self, folder: Path, proxy: Proxy, nurseries: tuple[Nursery, Nursery]) -> None:
        self.folder = folder
        self.proxy = proxy
        self.devices, self.collectors = nurseries
        self.collector: Base
        self.stranger: Base
        self.device = folder / "device"
        self._numbers = itertools.count()

    def next_name(self) -> str:
        """A name that no other round has."""
        return f"round{next(self._numbers)}"

    def prepare(self, collector: Base, stranger: Base) -> None:
        """Makes both collectors, and enrols the device at the first through the proxy."""
        self.collector, self.stranger = collector, stranger
        _make(stranger)
        store = RunningStore(self.collectors, collector, self.folder / "collector-data")
        entry = Entry(
            folder=str(self.device),
            trusted=str(self.proxy.trusted),
            url=f"https://127.0.0.1:{self.proxy.port}",
            code=_make(collector),
        )
        self.proxy.meeting = calm = Troubles(store, None, ())  # type: ignore[arg-type]  # never asked
        calm.become_calm()
        store.port()  # starting takes longer than a device waits
        status, told = self.devices.fork("enter", msgspec.json.encode(entry).decode()).end()
        store.kill()
        assert status == 0, (told, calm.wrong)


def _make(base: Base) -> str:
    """A new collector; a code for it."""
    with closing(open_database(base.url)) as database:
        migrate(database, SystemClock())
        return Collector(database, SystemClock()).devices.new_code("faults")


@contextmanager
def workplace(sabotage: str | None = None, server: PostgresServer | None = None) -> Iterator[Workplace]:
    """Everything that rounds need; collectors on that PostgreSQL, or on SQLite.

    A sabotage must be at work in this process, too.
    """
    parent = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    with contextlib.ExitStack() as held:
        folder = Path(
            held.enter_context(tempfile.TemporaryDirectory(prefix="whimbrel-sync-faults-", dir=parent))
        )
        nurseries = (Nursery(sabotage, PROGRAM), Nursery(sabotage, PROGRAM))
        for nursery in nurseries:
            held.callback(nursery.close)
        proxy = Proxy(folder / "certificates")
        held.callback(proxy.close)
        place = Workplace(folder, proxy, nurseries)
        place.prepare(*_bases(folder, server))
        yield place


def _bases(folder: Path, server: PostgresServer | None) -> tuple[Base, Base]:
    if server is None:
        return SqliteBase(folder / "collector"), SqliteBase(folder / "stranger")
    names = [server.empty_database().partition("@/")[2].partition("?")[0] for _ in range(2)]
    return PostgresBase(server, names[0]), PostgresBase(server, names[1])
