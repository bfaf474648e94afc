"""An erasure that meets damage keeps the old backups, says so, and the next good backup removes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import send, sha256_of
from rotting import rot
from two_hands import TwoHands
from upkeep_support import count, fill, finished, full_inference

from store.local import erased_copies
from store.local.backups import Backups
from store.local.erasure.scope import Scope
from store.local.folder import BACKUPS, FILE_NAME
from store.local.opening import LocalStore, open_store
from store.local.upkeep_log import Entry

FORGOTTEN = Scope(picture_sha256=sha256_of("picture 2"))


@pytest.fixture
def damaged(tmp_path: Path, clock: TwoHands) -> Iterator[LocalStore]:
    """A memory with two good backups, in which a record rotted since."""
    store = open_store(tmp_path, clock)
    fill(store, 1, 9)
    for kind in ("daily", "asked"):
        store.backups.make(kind)
    store.close()
    rot(tmp_path / FILE_NAME)
    again = open_store(tmp_path, clock)
    yield again
    again.close()


def erase(store: LocalStore) -> Entry:
    return finished(store.upkeep, store.upkeep.erase(FORGOTTEN).number)


def names(folder: Path) -> list[str]:
    return sorted(path.name[:6] for path in (folder / BACKUPS).glob("*.sqlite3"))


def test_it_says_that_old_backups_stay(damaged: LocalStore, tmp_path: Path) -> None:
    entry = erase(damaged)
    assert (entry.state, entry.done.backups, entry.done.kept_backups) == ("done", 0, 2)
    assert entry.done.amounts.answers.count == 1
    assert names(tmp_path) == ["000001", "000002"]


def test_the_next_good_backup_removes_them_after_a_restart(
    damaged: LocalStore, tmp_path: Path, clock: TwoHands
) -> None:
    erase(damaged)
    mended = damaged.database.path
    damaged.close()
    rot(mended)  # back to what it was
    again = open_store(tmp_path, clock)
    fresh = again.backups.make("daily")
    again.close()
    assert names(tmp_path) == [fresh.name[:6]] == ["000003"]
    assert erased_copies.noted(tmp_path / BACKUPS) is None


def test_a_backup_that_fails_removes_none(damaged: LocalStore, tmp_path: Path, clock: TwoHands) -> None:
    erase(damaged)
    erase(damaged)
    assert names(tmp_path) == ["000001", "000002"]
    assert erased_copies.noted(tmp_path / BACKUPS) == 2


def test_a_note_that_cannot_be_read_removes_all_that_is_older(tmp_path: Path, clock: TwoHands) -> None:
    store = open_store(tmp_path, clock)
    send(store.statistics, full_inference(1))
    store.backups.make("daily")
    (tmp_path / BACKUPS / erased_copies.NOTE).write_bytes(b"\0")
    store.backups.make("asked")
    assert names(tmp_path) == ["000002"]
    assert count(store, "record") == 1
    store.close()


def test_without_a_backup_there_is_no_note(tmp_path: Path, clock: TwoHands) -> None:
    store = open_store(tmp_path, clock)
    fill(store, 1, 9)
    store.close()
    rot(tmp_path / FILE_NAME)
    again = open_store(tmp_path, clock)
    backups = Backups(tmp_path / FILE_NAME, clock)
    assert backups.replace_all() == ([], 0)
    assert erased_copies.noted(tmp_path / BACKUPS) is None
    again.close()
