"""Room on the disk: refused in time, a reserve that is given back, and healing without anybody's doing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from local_records import HandClock, inference, send

from store.local import folder as data_folder
from store.local.disk import LAST_DROP_BYTES, Disk
from store.local.errors import StoreFull
from store.local.memory_state import FULL, READ_ONLY, WELL, MemoryHealth
from store.local.opening import open_store
from store.local.reserve import RESERVE_BYTES, Reserve

LOW = data_folder.LOW_WATER_BYTES
SMALL = 64 * 1024


class Room:
    """A disk whose free bytes are said by hand; each wait of the watcher is a step."""

    def __init__(self, folder: Path, *free: int) -> None:
        self.free = list(free)
        self.health = MemoryHealth()
        self.heard: list[str] = []
        self.health.on_change(lambda: self.heard.append(self.health.now().state))
        self.reserve = Reserve(folder, SMALL)
        self.disk = Disk(
            folder, self.health, reserve=self.reserve, free=lambda _: self.free[0], wait=self._step
        )

    def _step(self, _: float) -> bool:
        if len(self.free) == 1:
            return True
        self.free.pop(0)
        return False


def test_the_reserve_is_really_taken_and_given_back(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path)
    assert reserve.make()
    found = (tmp_path / "reserve").stat()
    assert found.st_size == RESERVE_BYTES == 32 * 2**20
    assert found.st_blocks * 512 >= RESERVE_BYTES, "a hole is no reserve"
    assert reserve.release()
    assert not reserve.is_there
    assert not reserve.release()
    assert list(tmp_path.iterdir()) == []


def test_where_a_system_cannot_allocate_bytes_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    assert Reserve(tmp_path, 3 * 2**20 + 5).make()
    content = (tmp_path / "reserve").read_bytes()
    assert len(content) == 3 * 2**20 + 5
    assert len(set(content)) == 256


def test_without_room_there_is_no_reserve_and_no_half_of_one(tmp_path: Path) -> None:
    def full(_: int, __: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert not Reserve(tmp_path, SMALL, full).make()
    assert list(tmp_path.iterdir()) == []


def test_a_start_puts_the_reserve_by_only_where_the_low_water_mark_stays(tmp_path: Path) -> None:
    room = Room(tmp_path, LOW + SMALL - 1)
    room.disk.start()
    assert not room.reserve.is_there
    assert room.health.now() == WELL
    room.free = [LOW + SMALL]
    room.disk.look()
    assert room.reserve.is_there
    room.disk.stop()


def test_below_the_mark_it_refuses_says_so_once_and_heals_by_itself(tmp_path: Path) -> None:
    room = Room(tmp_path, 2 * LOW)
    room.disk.start()
    room.disk.check()
    room.free = [LOW - 1, LOW - 1, LOW - 1, LOW]
    with pytest.raises(StoreFull):
        room.disk.check()
    thread = room.disk._thread
    if thread is not None:
        thread.join(60)
    assert room.heard == ["full", "well"]
    assert room.reserve.is_there
    room.disk.check()
    room.disk.stop()


def test_a_write_that_found_no_room_gives_the_reserve_back_and_it_is_made_again(tmp_path: Path) -> None:
    room = Room(tmp_path, 2 * LOW)
    room.disk.start()
    room.free = [0, 0, LOW + SMALL - 1, LOW + SMALL]
    room.disk.hear(StoreFull("full"))
    thread = room.disk._thread
    if thread is not None:
        thread.join(60)
    assert room.heard == ["full", "well"]
    assert room.free == [LOW + SMALL], "well before the reserve was there again"
    assert room.reserve.is_there
    room.disk.stop()


def test_the_reserve_is_given_back_at_once_where_a_write_found_no_room(tmp_path: Path) -> None:
    room = Room(tmp_path, 2 * LOW)
    room.disk.look()
    assert room.reserve.is_there
    room.disk.hear(StoreFull("full"))
    assert not room.reserve.is_there
    assert room.heard == ["full"]


def test_the_reserve_goes_before_the_last_drop(tmp_path: Path) -> None:
    room = Room(tmp_path, 2 * LOW)
    room.disk.look()
    room.free = [LAST_DROP_BYTES]
    room.disk.look()
    assert room.reserve.is_there
    room.free = [LAST_DROP_BYTES - 1]
    room.disk.look()
    assert not room.reserve.is_there


def test_the_watching_starts_again_at_the_next_full_disk(tmp_path: Path) -> None:
    room = Room(tmp_path, 2 * LOW)
    room.disk.start()
    for _ in range(3):
        room.free = [0, 2 * LOW]
        room.disk.hear(StoreFull("full"))
        thread = room.disk._thread
        if thread is not None:
            thread.join(60)
        assert room.health.now() == WELL
    assert room.heard == ["full", "well"] * 3
    room.disk.stop()


def test_who_listens_hears_changes_alone_and_until_it_ends() -> None:
    health, heard = MemoryHealth(), list[str]()
    end = health.on_change(lambda: heard.append(health.now().state))
    for state in (WELL, FULL, FULL, READ_ONLY):
        health.become(state)
    end()
    health.become(WELL)
    assert heard == ["full", "read-only"]


def test_a_marker_that_finds_no_room_takes_the_reserve_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start on a full disk: the pictures can be looked at."""
    Reserve(tmp_path).make()
    real = os.fsync

    def full_until_released(descriptor: int) -> None:
        if Reserve(tmp_path).is_there:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full_until_released)
    store = open_store(tmp_path, HandClock())
    assert send(store.statistics, inference(1)).accepted == 1
    store.close()
