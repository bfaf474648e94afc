"""A copied or restored memory is another queue; one that is opened again, or moved, is the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from local_database import TIMEOUT
from local_records import HandClock, inference, send
from outbox_talk import answer_to, take

from store.local import outbox_home
from store.local.folder import FILE_NAME
from store.local.opening import open_store

CLOCK = HandClock()


def epoch_in(folder: Path) -> bytes:
    """Opens a folder's memory and asks for the epoch of its queue."""
    store = open_store(folder, CLOCK)
    epoch = store.outbox.accounts().epoch
    store.close()
    assert len(epoch) == 16
    return epoch


def filled(folder: Path) -> bytes:
    """A memory with one record accepted and one in flight; its epoch."""
    store = open_store(folder, CLOCK)
    send(store.statistics, inference(1), inference(2))
    lease = take(store.outbox)
    store.outbox.settle(lease, answer_to(lease, up_to=1)).result(TIMEOUT)
    lease = take(store.outbox)
    store.close()
    return lease.epoch


def test_the_epoch_stays_where_the_file_stays(tmp_path: Path) -> None:
    first = filled(tmp_path / "data")
    assert epoch_in(tmp_path / "data") == first == epoch_in(tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "moved")
    assert epoch_in(tmp_path / "moved") == first


def test_a_copy_is_another_queue_with_the_same_records(tmp_path: Path) -> None:
    first = filled(tmp_path / "data")
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    store = open_store(tmp_path / "copy", CLOCK)
    told = store.outbox.accounts()
    assert told.epoch != first
    assert (told.recorded, told.accepted, told.waiting, told.leased) == (2, 1, 1, 0)
    assert take(store.outbox).epoch == told.epoch
    store.close()
    assert epoch_in(tmp_path / "data") == first


def test_a_restored_backup_is_another_queue(tmp_path: Path) -> None:
    first = filled(tmp_path / "data")
    store = open_store(tmp_path / "data", CLOCK)
    backup = str(tmp_path / "backup.sqlite3")

    def vacuum(db: Any) -> None:
        db.execute_sql("COMMIT")  # VACUUM needs to be alone
        db.execute_sql("VACUUM INTO ?", (backup,))
        db.execute_sql("BEGIN IMMEDIATE")

    store.database.submit(vacuum)
    store.close()
    Path(backup).replace(tmp_path / "data" / FILE_NAME)
    assert epoch_in(tmp_path / "data") != first


def test_another_machine_is_another_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = filled(tmp_path)
    monkeypatch.setattr(outbox_home, "machine_id", lambda: "another")
    assert epoch_in(tmp_path) != first


def test_a_machine_has_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machine-id").write_text("0123456789abcdef\n")
    monkeypatch.setattr(outbox_home, "_MACHINE_FILES", (tmp_path / "none", tmp_path / "machine-id"))
    assert outbox_home.machine_id() == "0123456789abcdef"
    monkeypatch.setattr(outbox_home, "_MACHINE_FILES", (tmp_path / "none",))
    assert outbox_home.machine_id() == outbox_home.machine_id() != ""
