"""Which pictures are found under what was opened, and what is passed by and counted."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
from folder_world import JPEG, pictures, unnameable

from store.local.folder_queue.forms import LeftOut
from store.local.folder_queue.queue_rows import shown
from store.local.folder_queue.walking import CHUNK, Found, Walk, WalkEnded


def walk(*paths: Path) -> tuple[list[Found], LeftOut]:
    """What is found under paths, and what is not."""
    one = Walk(lambda: True)
    found = [each for chunk in one.chunks(list(map(str, paths))) for each in chunk]
    return found, one.left_out


def names(found: list[Found]) -> list[str]:
    return [shown(one.path).rpartition("/")[2] for one in found]


def test_pictures_are_found_in_the_order_of_their_names_with_size_and_time(tmp_path: Path) -> None:
    second = pictures(tmp_path / "b", 2)
    first = pictures(tmp_path / "a" / "deep" / "down", 3, start=9)
    found, left_out = walk(tmp_path)
    assert [one.path for one in found] == [os.fsencode(path) for path in (*first, *second)]
    assert found[0] == (os.fsencode(first[0]), True, len(JPEG) + 1, first[0].stat().st_mtime_ns)
    assert left_out == LeftOut()


def test_a_file_by_itself_is_not_in_a_folder(tmp_path: Path) -> None:
    (path,) = pictures(tmp_path, 1)
    assert [one.in_folder for one in walk(path)[0]] == [False]


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("scan.JPEG", b"not one at all", True),
        ("camera.nef", b"", True),
        ("no-ending", JPEG, True),
        ("misnamed.dat", b"\x89PNG\r\n\x1a\n" + bytes(9), True),
        ("no-ending", b"#!/bin/sh", False),
        ("notes.txt", JPEG, False),
        ("sidecar.xmp", b"<x/>", False),
        ("empty.dat", b"", False),
    ],
)
def test_what_may_be_a_picture_is_tried(tmp_path: Path, name: str, content: bytes, wanted: bool) -> None:
    (tmp_path / name).write_bytes(content)
    found, left_out = walk(tmp_path)
    assert (names(found), left_out.other) == (([name], 0) if wanted else ([], 1))


def test_hidden_files_and_folders_are_counted_and_not_looked_into(tmp_path: Path) -> None:
    pictures(tmp_path / ".thumbnails", 3)
    (tmp_path / "._IMG_1.jpg").write_bytes(JPEG)
    pictures(tmp_path, 1)
    found, left_out = walk(tmp_path)
    assert (len(found), left_out) == (1, LeftOut(hidden=2))


def test_a_folder_is_entered_once_however_many_links_lead_to_it(tmp_path: Path) -> None:
    pictures(tmp_path / "a", 1)
    (tmp_path / "a" / "back").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    found, left_out = walk(tmp_path)
    assert (len(found), left_out.again) == (1, 2)


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    assert walk(tmp_path) == ([], LeftOut(other=1, gone=1))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have names in UTF-8 alone")
def test_a_name_that_is_not_utf_8_is_found_like_any_other(tmp_path: Path) -> None:
    path = unnameable(tmp_path)
    found, _ = walk(tmp_path)
    assert [one.path for one in found] == [path]
    assert names(found) == ["Z\ufffdrich.jpg"]


def test_folders_that_may_not_be_read_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures(tmp_path / "locked", 1)
    pictures(tmp_path / "open", 1)
    real = os.listdir

    def listdir(folder: str) -> list[str]:
        if folder.endswith("locked"):
            raise PermissionError(folder)
        return real(folder)

    monkeypatch.setattr(os, "listdir", listdir)  # for root there is no such folder
    found, left_out = walk(tmp_path)
    assert (len(found), left_out) == (1, LeftOut(unreadable=1))


def test_what_vanishes_while_it_is_looked_for_is_counted(tmp_path: Path) -> None:
    made = pictures(tmp_path, CHUNK + 3)
    one = Walk(lambda: True)
    chunks = one.chunks([str(tmp_path)])
    assert len(next(chunks)) == CHUNK
    made[-1].unlink()
    assert [len(chunk) for chunk in chunks] == [2]
    assert one.left_out == LeftOut(gone=1)


def test_a_walk_ends_when_nobody_wants_it(tmp_path: Path) -> None:
    pictures(tmp_path, 5)
    over = threading.Event()
    over.set()
    with pytest.raises(WalkEnded):
        next(Walk(lambda: not over.is_set()).chunks([str(tmp_path)]))
