"""Two laptops and their team's collector by files, each command a process of its own as its user types it.

One has no network: it gives a file to the other, who meets the network first and passes it on; what comes
later goes to the collector on a stick. At the end the collector has everything once, and both know it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from collect_running import RunningCollector
from collecting import rows
from command_line import whimbrel
from local_records import inference, send

from store.clock import SystemClock
from store.collector.opening import open_database
from store.collector.service import Collector
from store.local.opening import open_store

pytestmark = pytest.mark.usefixtures("no_keyring")

KEPT = "SELECT event_id FROM event ORDER BY event_id"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[RunningCollector]:
    """The team's collector."""
    collector = RunningCollector(("--data-dir", str(tmp_path / "centre"))).start()
    yield collector
    collector.end()


@pytest.fixture
def collector(centre: RunningCollector, tmp_path: Path) -> Iterator[Collector]:
    """The same from within, beside the process."""
    with closing(open_database(str(tmp_path / "centre" / "collector.sqlite3"))) as database:
        yield Collector(database, SystemClock())


def told(*words: str | Path) -> str:
    """What a command says that must succeed."""
    done = whimbrel(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Laptop:
    """A data folder with records in it, and the commands that its user types."""

    def __init__(self, folder: Path, first: int, count: int) -> None:
        self._folder = folder
        self.records(first, count)

    def records(self, first: int, count: int) -> None:
        """Remembers so many, numbered from `first` on."""
        with closing(open_store(self._folder, SystemClock())) as store:
            send(store.statistics, *(inference(first + number) for number in range(count)))

    def says(self, *words: str | Path) -> str:
        return told(*words, "--data-dir", self._folder)

    def comes_in(self, url: str, code: str) -> None:
        """Agrees and enrols: once, where there is a network."""
        self.says("sync", "agree", "--yes")
        self.says("sync", "enrol", url, code)

    def accounts(self) -> tuple[int, int]:
        """How many are accepted, and how many wait; there are no others."""
        with closing(open_store(self._folder, SystemClock())) as store:
            found = store.outbox.accounts()
        assert found.recorded == found.accepted + found.waiting, found
        return found.accepted, found.waiting


def test_everything_arrives_once_by_file(
    centre: RunningCollector, collector: Collector, tmp_path: Path
) -> None:
    anna, ben = Laptop(tmp_path / "anna", 1, 700), Laptop(tmp_path / "ben", 5001, 3)
    for laptop in (anna, ben):
        laptop.comes_in(centre.url, collector.devices.new_code("test"))
    stick, receipt = tmp_path / "anna.whimbrel", tmp_path / "anna.whimbrel.receipt"

    assert "700 records" in anna.says("bundle", "write", stick)
    assert "700 records are at the collector" in ben.says("bundle", "relay", stick)
    ben.says("sync")
    assert ben.accounts() == (3, 0)
    anna.records(701, 40)
    assert anna.accounts() == (0, 740)
    anna.says("bundle", "receipt", receipt)
    assert anna.accounts() == (700, 40)

    centre.stop(signal.SIGKILL)
    anna.says("bundle", "write", stick, "--force")
    for new, before in ((40, 0), (0, 40)):
        said = told("collect", "read", stick, *centre.words)
        assert f"{new} events are new, {before} were here" in said
    anna.says("bundle", "receipt", receipt)
    assert anna.accounts() == (740, 0)
    kept = [bytes(event_id) for (event_id,) in rows(collector.database, KEPT)]
    assert len(kept) == len(set(kept)) == 743
