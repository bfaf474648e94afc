"""A log that lost what was in it is noticed after a kill, and one that is only old or reset is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from local_records import HandClock, inference, send

from store.local.errors import DamagedStore
from store.local.folder import FILE_NAME, enter
from store.local.log_state import NOTHING, log_state
from store.local.opening import open_store

WAL = f"{FILE_NAME}-wal"
SHM = f"{FILE_NAME}-shm"


def killed(folder: Path, pragma: str = "wal_autocheckpoint = 0", after: int = 0) -> Path:
    """The files as a process leaves them that was killed after twenty batches, a pragma, and some more."""
    store = open_store(folder / "running", HandClock())
    for number in range(20):
        send(store.statistics, inference(number))

    def outside(db: object) -> None:
        db.connection().execute(f"RELEASE job; COMMIT; PRAGMA {pragma}").fetchall()  # type: ignore[attr-defined]
        db.connection().execute("BEGIN IMMEDIATE; SAVEPOINT job")  # type: ignore[attr-defined]

    store.database.submit(outside).result(60)
    for number in range(20, 20 + after):
        send(store.statistics, inference(number))
    left = folder / "left"
    left.mkdir()
    for name in (FILE_NAME, WAL, SHM):
        shutil.copy(folder / "running" / name, left / name)
    store.close()
    enter(left)
    return left


def records(folder: Path) -> int:
    store = open_store(folder, HandClock())
    with store.database.read() as db:
        count = db.execute_sql("SELECT count(*) FROM record").fetchone()[0]
    store.close()
    return int(count)


def test_a_whole_log_is_taken(tmp_path: Path) -> None:
    left = killed(tmp_path)
    assert log_state(left / FILE_NAME).frames > 20
    assert records(left) == 20


def deleted(log: Path) -> None:
    log.unlink()


def emptied(log: Path) -> None:
    log.write_bytes(b"")


def cut_off(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-100])


def flipped(log: Path) -> None:
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 4
    log.write_bytes(content)


def flipped_in_its_head(log: Path) -> None:
    content = bytearray(log.read_bytes())
    content[17] ^= 1
    log.write_bytes(content)


@pytest.mark.parametrize("damage", [deleted, emptied, cut_off, flipped, flipped_in_its_head])
def test_a_log_that_lost_something_is_said_and_set_aside(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    left = killed(tmp_path)
    damage(left / WAL)
    before = (left / FILE_NAME).read_bytes()
    with pytest.raises(DamagedStore, match="log has lost") as caught:
        open_store(left, HandClock())
    assert caught.value.advice
    [aside] = left.glob("damaged-*")
    assert (aside / FILE_NAME).read_bytes() == before


def test_a_log_that_is_all_in_the_file_may_go(tmp_path: Path) -> None:
    left = killed(tmp_path, "wal_checkpoint(PASSIVE)")
    state = log_state(left / FILE_NAME)
    assert state.frames == state.in_file > 0
    (left / WAL).unlink()
    assert records(left) == 20


def test_a_shorter_log_is_not_laid_over_a_newer_file(tmp_path: Path) -> None:
    left = killed(tmp_path, "wal_checkpoint(PASSIVE)")
    cut_off(left / WAL)
    with pytest.raises(DamagedStore, match="log has lost"):
        open_store(left, HandClock())


@pytest.mark.parametrize("mode", ["PASSIVE", "RESTART", "TRUNCATE"])
def test_a_log_begun_anew_is_whole(tmp_path: Path, mode: str) -> None:
    assert records(killed(tmp_path, f"wal_checkpoint({mode})", after=3)) == 23


@pytest.mark.parametrize("content", [None, b"", b"\0" * 32768, b"x" * 200])
def test_without_an_index_nothing_is_claimed(tmp_path: Path, content: bytes | None) -> None:
    """After a power cut it may be missing, old or anything."""
    left = killed(tmp_path)
    (left / SHM).unlink()
    if content is not None:
        (left / SHM).write_bytes(content)
    assert log_state(left / FILE_NAME) == NOTHING
    cut_off(left / WAL)
    assert records(left) == 19
