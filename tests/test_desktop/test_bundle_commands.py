"""`whimbrel bundle` and `whimbrel collect read`: there and back without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from collect_running import RunningCollector
from local_records import inference, send
from running import running

from desktop.cli import main
from store.clock import SystemClock
from store.local.opening import open_store

pytestmark = pytest.mark.usefixtures("no_keyring")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    started = RunningCollector(("--data-dir", str(tmp_path / "collector"))).start()
    yield started
    started.end()


Says = Callable[..., str]


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Says:
    """What a command prints. It is carried out in this process, beside the collector that runs in another."""

    def say(*words: str, status: int = 0) -> str:
        capsys.readouterr()
        assert main(list(words)) == status
        told = capsys.readouterr()
        return told.out + told.err

    return say


def folder_with(path: Path, first: int, count: int) -> list[str]:
    """A data folder with so many records; the option that names it."""
    store = open_store(path, SystemClock())
    send(store.statistics, *(inference(first + number) for number in range(count)))
    store.close()
    return ["--data-dir", str(path)]


def enrolled(options: list[str], collector: RunningCollector, says: Says) -> None:
    code = says("collect", "enrolment-code", *collector.words).splitlines()[0]
    says("sync", "enrol", collector.url, code, *options)
    says("sync", "pause", *options)
    says("sync", "agree", "--yes", *options)


def accounts(options: list[str], says: Says) -> tuple[int, int]:
    told = json.loads(says("sync", "status", "--json", *options).splitlines()[-1])["accounts"]
    return told["accepted"], told["waiting"]


def test_there_and_back_by_hand_and_by_a_colleague(
    tmp_path: Path, collector: RunningCollector, says: Says
) -> None:
    field, office = folder_with(tmp_path / "field", 1, 4), folder_with(tmp_path / "office", 101, 1)
    file = str(tmp_path / "anna.whimbrel")
    receipt, read = f"{file}.receipt", ("collect", "read", file, *collector.words)
    for options in (field, office):
        enrolled(options, collector, says)
    assert "Sending is paused." in says("bundle", "write", file, *field, status=1)
    says("sync", "resume", *field)
    assert "2 records in" in says("bundle", "write", file, *field, "--most", "2")
    says("bundle", "relay", file, *office)
    says("bundle", "receipt", receipt, *office, status=1)
    assert "2 records are at the collector now." in says("bundle", "receipt", receipt, *field)
    assert "--force" in says("bundle", "write", file, *field, status=1)
    says("bundle", "write", file, *field, "--force")
    assert "2 events are new, 0 were here" in says(*read)
    assert "0 events are new, 2 were here" in says(*read)
    Path(file).write_bytes(Path(file).read_bytes()[:-1])
    assert "cut off" in says(*read, status=1)
    says("bundle", "receipt", receipt, *field)
    assert accounts(field, says) == (4, 0)
    assert "Nothing waits" in says("bundle", "write", file, "--force", *field)


def test_beside_the_app_that_runs(tmp_path: Path, collector: RunningCollector, says: Says) -> None:
    field = folder_with(tmp_path / "field", 1, 3)
    file = str(tmp_path / "anna.whimbrel")
    enrolled(field, collector, says)
    collector.stop()
    says("sync", "resume", *field)
    with running(tmp_path / "field"):
        says("bundle", "write", file, *field)
        assert "already" in says("bundle", "write", file, *field, status=1)
        says("bundle", "write", file, *field, "--force")
        assert "3 events are new" in says("collect", "read", file, *collector.words)
        says("bundle", "relay", file, *field, status=1)
        says("bundle", "receipt", f"{file}.receipt", *field)
        assert accounts(field, says) == (3, 0)
