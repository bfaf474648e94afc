"""Backups: whole or not there, made beside a writing store, kept by their sequence whatever the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import NOW, inference, send

from store.local import backup
from store.local.backup_schedule import AGAIN_S, DAY_S, LOOK_S, SHORTEST_S, BackupSchedule, BackupThread
from store.local.backups import KEPT, Backups, Replaced, backups_in, next_path
from store.local.errors import GivenUp, StoreError, StoreFull
from store.local.folder import BACKUPS, FILE_NAME, LOW_WATER_BYTES
from store.local.opening import LocalStore, open_store

TEN_YEARS_MS = 10 * 365 * 86_400_000


class TwoClocks:
    """A wall clock and a time that never jumps, each moved by hand."""

    def __init__(self) -> None:
        self.wall = NOW
        self.running = 0.0

    def now_ms(self) -> int:
        return self.wall

    def monotonic(self) -> float:
        return self.running

    def pass_s(self, seconds: float) -> None:
        self.running += seconds
        self.wall += int(seconds * 1000)


@pytest.fixture
def clock() -> TwoClocks:
    return TwoClocks()


@pytest.fixture
def store(tmp_path: Path, clock: TwoClocks) -> Iterator[LocalStore]:
    opened = open_store(tmp_path, clock)
    send(opened.statistics, *(inference(number) for number in range(40)))
    yield opened
    opened.close()


@pytest.fixture
def backups(store: LocalStore, tmp_path: Path, clock: TwoClocks) -> Backups:
    return Backups(tmp_path / FILE_NAME, clock)


def schedule_of(backups: Backups, clock: TwoClocks) -> BackupSchedule:
    return BackupSchedule(backups, clock, lambda: False)


def fill(store: LocalStore) -> None:
    """So much that a copy takes more than one look."""
    for first in (1000, 2000, 3000):
        send(store.statistics, *(inference(first + number) for number in range(1000)))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / BACKUPS).iterdir())


def test_a_backup_is_complete_sound_and_alone(backups: Backups, store: LocalStore, tmp_path: Path) -> None:
    made = backups.make()
    assert files(tmp_path) == ["000001-asked-20260528T202640Z.sqlite3"] == [made.name]
    (one,) = backups.list()
    assert (one.made_at, one.size, one.kind) == (NOW, made.stat().st_size, "asked")
    assert one.facts().records == 40
    assert one.facts().last_received_at == NOW
    with store.database.read() as db:
        rows = db.execute_sql("SELECT * FROM record ORDER BY number").fetchall()
    with backup.opened_copy(made) as copy:
        assert list(copy.execute("SELECT * FROM record ORDER BY number")) == rows
    assert files(tmp_path) == [made.name], "looking at a copy left something beside it"


def test_the_writer_goes_on_while_a_backup_is_made(backups: Backups, store: LocalStore) -> None:
    """The copy is held open at its first look for cancelling; a batch is committed meanwhile."""
    reached, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        reached.set()
        assert go_on.wait(60)
        return False

    fill(store)
    thread = threading.Thread(target=backups.make, args=("asked", hold))
    thread.start()
    assert reached.wait(60)
    assert send(store.statistics, inference(9999)).accepted == 1
    go_on.set()
    thread.join()
    assert backups.list()[0].facts().records == 3040


def test_one_that_is_given_up_leaves_nothing(backups: Backups, store: LocalStore, tmp_path: Path) -> None:
    fill(store)
    with pytest.raises(GivenUp):
        backups.make("asked", lambda: True)
    assert files(tmp_path) == []


def test_an_unsound_copy_never_gets_a_name(
    backups: Backups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup.check

    def damaged(copy: Path, cancelled: object) -> None:
        with copy.open("rb+") as handle:
            handle.seek(copy.stat().st_size // 2)
            handle.write(b"\xde\xad" * 4096)
        real(copy)

    monkeypatch.setattr(backup, "check", damaged)
    with pytest.raises(StoreError, match="not sound"):
        backups.make()
    assert files(tmp_path) == []


def test_three_of_each_kind_are_kept(backups: Backups, tmp_path: Path, clock: TwoClocks) -> None:
    for number in (2, 3):
        content = backups.make().read_bytes()
        next_path(tmp_path / BACKUPS, f"before-schema-{number}", clock).write_bytes(content)
    for _ in range(5):
        backups.make("daily")
        backups.make("asked")
    kinds = [one.kind for one in backups.list()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"daily": KEPT, "asked": KEPT, "before-schema": 2}
    assert [one.sequence for one in backups.list()] == [14, 13, 12, 11, 10, 9, 4, 2]


def test_a_clock_that_jumps_deletes_no_newer_copy(backups: Backups, tmp_path: Path, clock: TwoClocks) -> None:
    """By date the last would be the oldest and go first."""
    for wall in (NOW + TEN_YEARS_MS, NOW + TEN_YEARS_MS + 1, NOW, NOW - TEN_YEARS_MS):
        clock.wall = wall
        backups.make("daily")
    assert [one.sequence for one in backups.list()] == [4, 3, 2]
    assert backups.list()[0].made_at == NOW - TEN_YEARS_MS


def test_without_room_none_is_made(store: LocalStore, tmp_path: Path, clock: TwoClocks) -> None:
    size = (tmp_path / FILE_NAME).stat().st_size + (tmp_path / f"{FILE_NAME}-wal").stat().st_size
    room = {"free": LOW_WATER_BYTES + size - 1}
    backups = Backups(tmp_path / FILE_NAME, clock, lambda _: room["free"])
    with pytest.raises(StoreFull, match="no room for a backup"):
        backups.make()
    assert backups.list() == []
    room["free"] += 1
    assert backups.make().exists()


def test_an_erasure_replaces_every_copy(backups: Backups, tmp_path: Path, clock: TwoClocks) -> None:
    old = [backups.make("daily"), backups.make()]
    old.append(next_path(tmp_path / BACKUPS, "before-schema-2", clock))
    old[-1].write_bytes(old[0].read_bytes())
    assert sorted(backups.replace_all().gone) == sorted(old)
    (fresh,) = backups.list()
    assert fresh.sequence == 4
    assert fresh.path.exists()


def test_an_erasure_removes_the_old_ones_also_without_room_for_a_new_one(
    backups: Backups, tmp_path: Path, clock: TwoClocks
) -> None:
    old = backups.make()
    full = Backups(tmp_path / FILE_NAME, clock, lambda _: 0)
    assert full.replace_all() == Replaced([old])
    assert full.list() == []


def test_strange_files_are_left_alone(backups: Backups, tmp_path: Path) -> None:
    (tmp_path / BACKUPS).mkdir()
    (tmp_path / BACKUPS / "mine.sqlite3").write_text("the user's own")
    (tmp_path / BACKUPS / "000001-daily-99999999T999999Z.sqlite3").write_text("no date")
    for _ in range(KEPT + 1):
        backups.make("daily")
    backups.replace_all()
    assert {"mine.sqlite3", "000001-daily-99999999T999999Z.sqlite3"} < set(files(tmp_path))


def test_one_a_day_by_itself(backups: Backups, clock: TwoClocks) -> None:
    schedule = schedule_of(backups, clock)
    for _ in range(int(3 * DAY_S / LOOK_S)):
        schedule.look()
        clock.pass_s(LOOK_S)
    assert [one.sequence for one in backups.list()] == [3, 2, 1]


def test_a_start_shortly_after_the_last_backup_makes_none(backups: Backups, clock: TwoClocks) -> None:
    schedule_of(backups, clock).look()
    clock.pass_s(3600)
    second = schedule_of(backups, clock)
    assert not second.due()
    clock.pass_s(DAY_S - 3600)
    assert second.due()


def test_a_leaping_clock_makes_no_storm(backups: Backups, clock: TwoClocks) -> None:
    """Ten years forwards and back at every look of a day: four copies at most."""
    schedule = schedule_of(backups, clock)
    for look in range(int(DAY_S / LOOK_S)):
        clock.pass_s(LOOK_S)
        clock.wall = NOW + TEN_YEARS_MS * (look % 3 - 1)
        schedule.look()
    assert backups.list()[0].sequence <= DAY_S / SHORTEST_S


def test_a_clock_that_stands_still_does_not_stop_backups(backups: Backups, clock: TwoClocks) -> None:
    schedule = schedule_of(backups, clock)
    schedule.look()
    clock.running += DAY_S
    schedule.look()
    assert len(backups.list()) == 2


def test_a_memory_without_records_is_not_copied(backups: Backups, clock: TwoClocks) -> None:
    BackupSchedule(backups, clock, lambda: True).look()
    assert backups.list() == []


def test_after_a_failure_it_tries_again_later(
    store: LocalStore, tmp_path: Path, clock: TwoClocks, caplog: pytest.LogCaptureFixture
) -> None:
    room = {"free": 0}
    backups = Backups(tmp_path / FILE_NAME, clock, lambda _: room["free"])
    schedule = schedule_of(backups, clock)
    schedule.look()
    assert "backup skipped: There is no room" in caplog.text
    room["free"] = 10 * LOW_WATER_BYTES
    assert not schedule.due()
    clock.pass_s(AGAIN_S)
    schedule.look()
    assert len(backups.list()) == 1


def test_the_thread_looks_until_it_is_told_to_end(backups: Backups, clock: TwoClocks) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        clock.pass_s(seconds)
        return len(waits) > 3

    thread = BackupThread(schedule_of(backups, clock), wait)
    thread.start()
    thread.stop()
    assert len(waits) == 4
    assert len(backups_in(backups.list()[0].path.parent)) == 1


def test_closing_ends_a_backup_that_is_being_made(
    backups: Backups, store: LocalStore, tmp_path: Path
) -> None:
    backups.close()
    fill(store)
    with pytest.raises(GivenUp):
        backups.make()
    assert files(tmp_path) == []
