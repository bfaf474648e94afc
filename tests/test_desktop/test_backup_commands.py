"""`whimbrel backup` and `whimbrel recover`, on a folder by itself and through the app that runs on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import whimbrel
from local_records import HandClock, inference, send
from running import Whimbrel, running

from store.local import folder as data_folder
from store.local.backups import backups_in
from store.local.folder import BACKUPS, FILE_NAME
from store.local.opening import open_store


def fill(folder: Path, first: int, count: int) -> None:
    store = open_store(folder, HandClock())
    send(store.statistics, *(inference(first + number) for number in range(count)))
    store.close()


def said(folder: Path, *words: str, status: int = 0) -> str:
    done = whimbrel(*words, "--data-dir", folder)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def count(folder: Path) -> int:
    return int(Whimbrel(folder).rows("SELECT count(*) FROM record")[0][0])


def test_made_listed_and_restored_without_an_app(tmp_path: Path) -> None:
    assert "no backup yet" in said(tmp_path, "backup", "list")
    fill(tmp_path, 0, 20)
    assert "complete and checked" in said(tmp_path, "backup", "make")
    fill(tmp_path, 20, 5)
    (one,) = backups_in(tmp_path / BACKUPS)
    assert one.name in said(tmp_path, "backup", "list")
    assert "with 20 records is in place" in said(tmp_path, "backup", "restore", "1")
    assert count(tmp_path) == 20
    (replaced,) = tmp_path.glob("replaced-*")
    assert Whimbrel(replaced).rows("SELECT count(*) FROM record") == [(25,)]
    assert "no backup 'x'" in said(tmp_path, "backup", "restore", "x", status=1)


def test_made_and_restored_through_the_app_that_runs(data_dir: Path) -> None:
    fill(data_dir, 0, 20)
    with running(data_dir) as app:
        assert "complete and checked" in said(data_dir, "backup", "make")
        (one,) = backups_in(data_dir / BACKUPS)
        assert one.facts().records == 20
        assert "is in place" in said(data_dir, "backup", "restore", one.name)
        assert "nothing to recover" in said(data_dir, "recover")
        assert app.process is not None
        assert app.process.poll() is None, "the app itself goes on"
    assert count(data_dir) == 20
    assert len(list(data_dir.glob("replaced-*"))) == 1


@pytest.fixture
def damaged(data_dir: Path) -> Path:
    fill(data_dir, 0, 150)
    said(data_dir, "backup", "make")
    fill(data_dir, 150, 50)
    file = data_dir / FILE_NAME
    with file.open("rb+") as handle:
        handle.seek(file.read_bytes().rindex(b'"predictions"') // 4096 * 4096)  # a page of records
        handle.write(b"\xde\xad\xbe\xef" * 1024)
    data_folder.enter(data_dir)
    refused = said(data_dir, "models", "list", status=1)
    assert "whimbrel recover restore" in refused
    return data_dir


def test_a_damaged_memory_is_explained_and_salvaged(damaged: Path) -> None:
    explained = said(damaged, "recover", status=1)
    assert re.search(
        r"150 records\. (About \d+ later records would be missing|What was recorded after)", explained
    )
    assert "waits for you to decide" in said(damaged, "doctor", status=1)
    assert "came over" in said(damaged, "recover", "salvage")
    assert 150 < count(damaged) <= 200
    assert "nothing to recover" in said(damaged, "recover")
    assert "no damaged memory here" in said(damaged, "recover", "fresh", status=1)


def test_through_the_app_that_asks(damaged: Path) -> None:
    with running(damaged) as app:
        assert app.output[-1].startswith("Whimbrel's memory was damaged")
        assert "with 150 records is in place" in said(damaged, "recover", "restore")
        assert "efficientnet" in said(damaged, "models", "list")
    assert count(damaged) == 150
