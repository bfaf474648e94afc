"""What becomes of a damaged memory: restored, salvaged or begun afresh; the file that was set aside stays."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from local_records import NOW, HandClock, inference, send

from store.local import folder as data_folder
from store.local import pending, soundness
from store.local.backups import backups_in
from store.local.errors import DamagedStore, GivenUp, StoreError, StoreFull
from store.local.folder import BACKUPS, FILE_NAME
from store.local.opening import open_store
from store.local.pending import NEW, NOTE
from store.local.recovery import Recovery

CLOCK = HandClock()


def records(folder: Path) -> int:
    store = open_store(folder, CLOCK)
    with store.database.read() as db:
        (count,) = db.execute_sql("SELECT count(*) FROM record").fetchone()
    store.close()
    return int(count)


def wreck(file: Path) -> None:
    with file.open("rb+") as handle:
        handle.seek(file.stat().st_size // 2 // 4096 * 4096)
        handle.write(b"\xde\xad\xbe\xef" * 1024)


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A data folder whose memory of 300 records was set aside; its backup has the first 200."""
    folder = tmp_path / "data"
    store = open_store(folder, CLOCK)
    send(store.statistics, *(inference(number) for number in range(200)))
    store.backups.make("daily")
    send(store.statistics, *(inference(number) for number in range(200, 300)))
    store.close()
    wreck(folder / FILE_NAME)
    data_folder.enter(folder)
    with pytest.raises(DamagedStore):
        open_store(folder, CLOCK)
    return folder


def aside(folder: Path) -> Path:
    (found,) = folder.glob("damaged-*")
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_waits_says_what_was_found(damaged: Path) -> None:
    found = Recovery(damaged, CLOCK).pending()
    assert found is not None
    assert (damaged / found.folder, found.found_at) == (aside(damaged), NOW)
    assert "The check of it found this" in found.reason
    assert found.records == 300


def test_a_backup_is_restored(damaged: Path) -> None:
    before = content(aside(damaged))
    recovery = Recovery(damaged, CLOCK)
    found = recovery.newest_sound()
    assert found is not None
    assert (found.facts.records, found.backup.made_at) == (200, NOW)
    seen: list[float] = []
    recovery.prepare_restore(found.backup, seen.append)
    assert seen[-1] == 1.0
    assert not (damaged / FILE_NAME).exists(), "it was put in place before anybody said so"
    recovery.put_in_place()
    assert recovery.pending() is None
    assert records(damaged) == 200
    assert content(aside(damaged)) == before
    assert found.backup.path.exists()


def test_what_can_be_read_is_salvaged(damaged: Path) -> None:
    before = content(aside(damaged))
    recovery = Recovery(damaged, CLOCK)
    tallies = {one.table: one for one in recovery.prepare_salvage(aside(damaged))}
    recovery.put_in_place()
    assert records(damaged) == tallies["record"].copied > 250
    assert content(aside(damaged)) == before


def test_a_fresh_start_is_empty(damaged: Path) -> None:
    before = content(aside(damaged))
    recovery = Recovery(damaged, CLOCK)
    recovery.prepare_fresh()
    recovery.put_in_place()
    assert records(damaged) == 0
    assert content(aside(damaged)) == before


def test_after_a_fresh_start_salvage_is_still_possible_and_overwrites_nothing(damaged: Path) -> None:
    recovery = Recovery(damaged, CLOCK)
    recovery.prepare_fresh()
    recovery.put_in_place()
    store = open_store(damaged, CLOCK)
    send(store.statistics, inference(5_000))
    store.close()
    recovery.prepare_salvage(aside(damaged))
    recovery.put_in_place()
    assert records(damaged) > 250
    (replaced,) = damaged.glob("replaced-*")
    connection = apsw.Connection(str(replaced / FILE_NAME))
    assert connection.execute("SELECT count(*) FROM record").get == 1
    connection.close()


@pytest.mark.parametrize("way", ["restore", "salvage"])
def test_what_is_given_up_changes_nothing_and_can_be_done_again(damaged: Path, way: str) -> None:
    before = content(aside(damaged))
    recovery = Recovery(damaged, CLOCK)
    (backup,) = backups_in(damaged / BACKUPS)
    with pytest.raises(GivenUp):
        if way == "restore":
            recovery.prepare_restore(backup, cancelled=lambda: True)
        else:
            recovery.prepare_salvage(aside(damaged), cancelled=lambda: True)
    assert not list(damaged.glob(f"{NEW}*"))
    assert recovery.pending() is not None
    assert content(aside(damaged)) == before
    recovery.prepare_restore(backup)
    recovery.put_in_place()
    assert records(damaged) == 200


def test_an_unsound_backup_is_passed_over(damaged: Path) -> None:
    (good,) = backups_in(damaged / BACKUPS)
    newer = good.path.with_name("000002-daily-20260529T202640Z.sqlite3")
    newer.write_bytes(good.path.read_bytes())
    wreck(newer)
    recovery = Recovery(damaged, CLOCK)
    found = recovery.newest_sound()
    assert found is not None
    assert found.backup == good
    with pytest.raises(StoreError, match="not sound"):
        recovery.prepare_restore(recovery.named("2"))
    assert not (damaged / NEW).exists()


def test_a_backup_of_a_newer_whimbrel_is_passed_over(damaged: Path) -> None:
    (one,) = backups_in(damaged / BACKUPS)
    connection = apsw.Connection(str(one.path))
    connection.execute("INSERT INTO migration VALUES (999, 'from the future', 0)")
    connection.close()
    assert Recovery(damaged, CLOCK).newest_sound() is None


def test_without_room_it_says_so_before_it_begins(damaged: Path) -> None:
    recovery = Recovery(damaged, CLOCK, lambda _: 1000)
    (backup,) = backups_in(damaged / BACKUPS)
    with pytest.raises(StoreFull, match="not enough room"):
        recovery.prepare_restore(backup)
    with pytest.raises(StoreFull, match="not enough room"):
        recovery.prepare_salvage(aside(damaged))


def test_a_setting_aside_that_was_cut_short_is_ended_at_the_next_start(damaged: Path) -> None:
    """The power went after the note and before the file moved: the log and the file go together."""
    folder = aside(damaged)
    note = (damaged / NOTE).read_bytes()
    (damaged / NOTE).write_bytes(note.replace(b'"moved":true', b'"moved":false'))
    moved = content(folder)
    (folder / FILE_NAME).rename(damaged / FILE_NAME)
    with pytest.raises(DamagedStore):
        open_store(damaged, CLOCK)
    assert content(folder) == moved
    assert not (damaged / FILE_NAME).exists()


def test_a_recovery_whose_last_step_was_cut_short_counts_as_done(damaged: Path) -> None:
    """The new file was in place and the note still there."""
    recovery = Recovery(damaged, CLOCK)
    recovery.prepare_fresh()
    (damaged / NEW).rename(damaged / FILE_NAME)
    assert records(damaged) == 0
    assert not (damaged / NOTE).exists()


def test_a_note_that_is_itself_damaged_still_holds_everything_back(damaged: Path) -> None:
    (damaged / NOTE).write_bytes(b"{")
    found = pending.pending_in(damaged)
    assert found is not None
    assert damaged / found.folder == aside(damaged)


def test_a_name_that_is_none(damaged: Path) -> None:
    with pytest.raises(StoreError, match="no backup 'x'"):
        Recovery(damaged, CLOCK).named("x")


def test_a_large_file_is_checked_later_and_is_not_touched_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is recorded meanwhile stays in the log, also over a close; then the file may be written to."""
    monkeypatch.setattr("store.local.opening.CHECKED_AT_ONCE_BYTES", 0)
    store = open_store(tmp_path, CLOCK)
    send(store.statistics, *(inference(number) for number in range(500)))
    store.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    data_folder.enter(tmp_path)
    store = open_store(tmp_path, CLOCK, check_later=True)
    for first in range(1000, 6000, 500):
        send(store.statistics, *(inference(first + number) for number in range(500)))
    assert (tmp_path / FILE_NAME).read_bytes() == before
    store.close()
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    store = open_store(tmp_path, CLOCK, check_later=True)
    assert not store.checked.is_set(), "the check is still due after a close that came first"
    store.check()
    assert store.checked.is_set()
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE_NAME]
    assert records(tmp_path) == 5500


def test_damage_that_the_later_check_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was recorded before the finding is set aside with the file, and comes over by salvage."""
    monkeypatch.setattr("store.local.opening.CHECKED_AT_ONCE_BYTES", 0)
    store = open_store(tmp_path, CLOCK)
    send(store.statistics, *(inference(number) for number in range(500)))
    store.close()
    wreck(tmp_path / FILE_NAME)
    before = (tmp_path / FILE_NAME).read_bytes()
    data_folder.enter(tmp_path)
    store = open_store(tmp_path, CLOCK, check_later=True)
    send(store.statistics, inference(9000))
    with pytest.raises(DamagedStore, match="The check of it found this"):
        store.check()
    store.close()
    assert (tmp_path / FILE_NAME).read_bytes() == before
    path = tmp_path / FILE_NAME
    pending.set_aside(path, CLOCK, "found later", soundness.records_in(path))
    recovery = Recovery(tmp_path, CLOCK)
    recovery.prepare_salvage(aside(tmp_path))
    recovery.put_in_place()
    store = open_store(tmp_path, CLOCK)
    with store.database.read() as db:
        found = db.execute_sql("SELECT 1 FROM record WHERE recorded_at = ?", (NOW + 9000,)).fetchall()
    store.close()
    assert found
