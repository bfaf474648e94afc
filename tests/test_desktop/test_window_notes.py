"""What the window remembers, and that a hand can always reach it."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.window_notes import Rectangle, WindowNotes, on_screen, read_notes, write_notes

LAPTOP: Rectangle = (0, 0, 1366, 768)
BESIDE: Rectangle = (1366, 0, 1920, 1080)


def test_they_are_read_as_they_were_written(tmp_path: Path) -> None:
    notes = WindowNotes(x=-20, y=40, width=900, height=700, maximised=True, zoom=1.25, theme="dark")
    write_notes(tmp_path / "window.json", notes)
    assert read_notes(tmp_path / "window.json") == notes
    assert [path.name for path in tmp_path.iterdir()] == ["window.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"width": 0}', b'{"zoom": 1e9}', b'{"theme": "pink"}', b'{"x": 1e300}', b"\xff\0"],
)
def test_what_makes_no_sense_is_the_usual(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "window.json").write_bytes(content)
    assert read_notes(tmp_path / "window.json") == WindowNotes()
    assert read_notes(tmp_path / "none.json") == WindowNotes()


def test_a_disk_that_takes_nothing_costs_the_place_alone(tmp_path: Path) -> None:
    write_notes(tmp_path / "no folder" / "window.json", WindowNotes())


@pytest.mark.parametrize(
    ("place", "screens", "expected"),
    [
        ((10, 20, 900, 700), [LAPTOP], (10, 20, 900, 700)),
        ((None, None, 1280, 860), [LAPTOP], (None, None, 1280, 768)),
        ((1500, 100, 1200, 900), [LAPTOP, BESIDE], (1500, 100, 1200, 900)),
        ((1500, 100, 1500, 900), [LAPTOP], (None, None, 1366, 768)),  # the screen beside is gone
        ((-800, 20, 900, 700), [LAPTOP], (None, None, 900, 700)),  # 100 points of it are left
        ((-780, 20, 900, 700), [LAPTOP], (-780, 20, 900, 700)),
        ((10, -5, 900, 700), [LAPTOP], (None, None, 900, 700)),  # its upper edge can't be held
        ((10, 760, 900, 700), [LAPTOP], (None, None, 900, 700)),
        ((1400, 20, 3000, 2000), [LAPTOP, BESIDE], (1400, 20, 1920, 1080)),
    ],
)
def test_it_is_where_a_hand_can_reach_it(
    place: tuple[int | None, int | None, int, int],
    screens: list[Rectangle],
    expected: tuple[int | None, int | None, int, int],
) -> None:
    x, y, width, height = place
    found = on_screen(WindowNotes(x=x, y=y, width=width, height=height), screens)
    assert (found.x, found.y, found.width, found.height) == expected
