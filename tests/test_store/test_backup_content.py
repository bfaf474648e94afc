"""A memory whose bytes rotted while it was closed makes no backup, and pushes no good one out."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_records import inference, send
from rotting import rot
from two_hands import TwoHands

from store.local.backup_schedule import BackupSchedule
from store.local.backups import KEPT, Replaced
from store.local.erased_copies import NOTE
from store.local.errors import DamagedStore
from store.local.folder import BACKUPS, FILE_NAME
from store.local.opening import LocalStore, open_store
from store.local.recovery import Recovery

TWO_DAYS_MS = 2 * 86_400_000


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def store(tmp_path: Path, clock: TwoHands) -> LocalStore:
    """The tests close it, since bytes rot in a closed file."""
    opened = open_store(tmp_path, clock)
    send(opened.statistics, *(inference(number) for number in range(40)))
    return opened


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / BACKUPS).iterdir())


def test_a_memory_that_rotted_pushes_no_good_backup_out(
    store: LocalStore, tmp_path: Path, clock: TwoHands, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(KEPT):
        store.backups.make("daily")
    kept = files(tmp_path)
    store.close()
    rot(tmp_path / FILE_NAME)
    again = open_store(tmp_path, clock)
    heard: list[object] = []
    again.database.noticed = heard.append
    clock.run(TWO_DAYS_MS)
    BackupSchedule(again.backups, clock, lambda: False).look()
    assert again.backups.replace_all() == Replaced([], KEPT)
    again.close()
    assert files(tmp_path) == [*kept, NOTE]
    assert [type(error) for error in heard] == [DamagedStore] * 2
    assert "backup failed: Record 8 is not what it was." in caplog.text


def test_a_copy_that_rotted_is_no_sound_backup(store: LocalStore, tmp_path: Path, clock: TwoHands) -> None:
    good, rotten = store.backups.make(), store.backups.make()
    store.close()
    rot(rotten)
    found = Recovery(tmp_path, clock).newest_sound()
    assert found is not None
    assert found.backup.path == good
