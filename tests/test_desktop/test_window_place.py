"""The real window is where it was left, unless no hand could reach it there."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from driving import wait_until
from playwright.sync_api import Playwright, expect
from screen import screen, skip_without_hand, skip_without_window
from windowed import Windowed, opened

from desktop.window_notes import WindowNotes, read_notes, write_notes

pytestmark = [pytest.mark.window]
END_S = 60
PLACE = (60, 80, 900, 640)
_BRIGHT = """
async () => {  // again until the page listens, which it does a moment after it is drawn
    dispatchEvent(new CustomEvent('whimbrel-menu', {detail: 'theme-sun'}));
    const kept = await (await fetch('/api/settings')).json();
    return kept.theme === 'sun';
}
"""


@pytest.fixture(scope="module")
def display() -> Iterator[dict[str, str]]:
    skip_without_window()
    skip_without_hand()
    with screen() as environment:
        yield environment


def test_the_place_the_zoom_and_the_theme_come_back(
    data_dir: Path, tmp_path: Path, playwright: Playwright, display: dict[str, str]
) -> None:
    notes = data_dir / "window.json"
    write_notes(notes, WindowNotes(x=5000, y=5000, width=1000, height=700, theme="dark"))
    with started(data_dir, tmp_path, playwright, display) as (window, name):
        x, y, width, height = place_of(window, name)
        assert 0 <= x <= 1400 - width and 0 <= y <= 900 - height, "it is on the screen again"
        hand = window.hand
        hand.do("windowsize", "--sync", name, "900", "640")
        hand.do("windowmove", "--sync", name, "60", "80")
        hand.key(name, "ctrl+plus")
        wait_until(window.page, "async () => Math.abs(devicePixelRatio - 1.1) < 0.01")
        wait_until(window.page, _BRIGHT)
        hand.key(name, "ctrl+q")
        assert window.process.wait(END_S) == 0
    kept = read_notes(notes)
    assert (kept.x, kept.y, kept.width, kept.height, kept.zoom, kept.theme) == (*PLACE, 1.1, "sun")
    with started(data_dir, tmp_path, playwright, display) as (window, name):
        assert place_of(window, name) == PLACE
        wait_until(window.page, "async () => Math.abs(devicePixelRatio - 1.1) < 0.01")
        window.process.send_signal(signal.SIGTERM)
        assert window.process.wait(END_S) == 0
    assert read_notes(notes) == kept


@contextmanager
def started(
    data_dir: Path, tmp_path: Path, playwright: Playwright, display: dict[str, str]
) -> Iterator[tuple[Windowed, str]]:
    with opened(data_dir, playwright, display, tmp_path) as window:
        window.page.wait_for_selector("whimbrel-bar nav")
        yield window, window.hand.wait_for("Whimbrel")


def place_of(window: Windowed, name: str) -> tuple[int, ...]:
    told = window.hand.do("getwindowgeometry", "--shell", name)
    return tuple(int(re.search(rf"^{what}=(-?\d+)", told, re.M)[1]) for what in ("X", "Y", "WIDTH", "HEIGHT"))  # type: ignore[index]


def test_a_start_that_can_not_be_is_said_in_the_window(
    data_dir: Path, tmp_path: Path, playwright: Playwright, display: dict[str, str]
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        with opened(data_dir, playwright, display, tmp_path, ("--port", port)) as window:
            alert = window.page.get_by_role("alert")
            expect(alert).to_have_text(f"Port {port} is already in use by another program.", timeout=60_000)
            window.hand.key(window.hand.wait_for("Whimbrel"), "ctrl+q")
            assert window.process.wait(END_S) == 1
