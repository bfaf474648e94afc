"""The system's dialogs before the real window, answered by a hand on the keyboard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, wait_finished, wait_ready
from playwright.sync_api import Playwright, expect
from running import ROOT
from screen import screen, skip_without_hand, skip_without_window
from windowed import Windowed, opened

pytestmark = [pytest.mark.window]
ASK = """([what, body]) => {
    window.answered = null;
    fetch(`/api/desktop/${what}`, {method: 'POST', headers: {'Content-Type': 'application/json'},
        body: JSON.stringify(body)}).then(answer => answer.json()).then(found => (window.answered = found));
}"""
ANSWER_MS = 60_000


@pytest.fixture(scope="module")
def windowed(
    lasting_data_dir: Path, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Windowed]:
    """One window for all that only look."""
    skip_without_window()
    skip_without_hand()
    with screen() as display:
        downloads = tmp_path_factory.mktemp("downloads")
        with opened(lasting_data_dir, playwright, display, downloads) as window:
            window.page.wait_for_url("**/127.0.0.1:*/**")
            yield window


def ask(page: Page, what: str, **body: str) -> None:
    page.evaluate(ASK, [what, body])


def answer(page: Page) -> dict[str, object]:
    page.wait_for_function("() => window.answered !== null", timeout=ANSWER_MS)
    found: dict[str, object] = page.evaluate("() => window.answered")
    return found


def test_pictures(windowed: Windowed, tmp_path: Path) -> None:
    pictures = generated_pictures(tmp_path / "field day", 2)
    ask(windowed.page, "pick-pictures")
    windowed.hand.answer("Open pictures", " ".join(f'"{picture}"' for picture in pictures))
    assert answer(windowed.page) == {"paths": [str(picture) for picture in pictures]}
    ask(windowed.page, "pick-pictures")
    windowed.hand.answer("Open pictures", None)
    assert answer(windowed.page) == {"paths": []}


def test_a_folder(windowed: Windowed, tmp_path: Path) -> None:
    (tmp_path / "field day").mkdir()
    ask(windowed.page, "pick-folder")
    windowed.hand.answer("Open folder", str(tmp_path / "field day"))
    assert answer(windowed.page) == {"path": str(tmp_path / "field day")}
    ask(windowed.page, "pick-folder")
    windowed.hand.answer("Open folder", None)
    assert answer(windowed.page) == {"path": None}


def test_a_folder_is_opened_by_the_menu_and_recognised_where_it_is(
    windowed: Windowed, tmp_path: Path
) -> None:
    page, hand = windowed.page, windowed.hand
    wait_ready(page)
    pictures = generated_pictures(tmp_path / "lake in May", 2)
    hand.key(hand.wait_for("Whimbrel"), "ctrl+shift+o")
    hand.answer("Open folder", str(pictures[0].parent))
    wait_finished(page, [picture.name for picture in pictures])


def test_what_is_let_go_over_the_window_is_recognised_where_it_is(windowed: Windowed, tmp_path: Path) -> None:
    page, hand = windowed.page, windowed.hand
    wait_ready(page)
    page.get_by_role("link", name="Performance").click()
    picture = generated_pictures(tmp_path / "carried", 3)[2]
    program = [sys.executable, str(ROOT / "tests" / "support" / "drag_source.py"), str(picture.parent)]
    with subprocess.Popen(program, env=windowed.environment) as files:
        try:
            hand.do("windowraise", hand.wait_for("Files"))
            hand.do("mousemove", "20", "20", "mousedown", "1")
            for place in range(30, 500, 10):
                hand.do("mousemove", str(place), str(place))
            page.wait_for_selector(".shell-hovering")
            hand.do("mouseup", "1")
            wait_finished(page, [picture.name])
        finally:
            files.kill()
    expect(page.locator(".shell-hovering")).to_have_count(0)
    expect(page.locator(f'[data-picture="{picture.name}"]').first).to_have_attribute("data-state", "done")
    page.wait_for_url("**/#/recognise")
    jobs = page.evaluate("async () => (await (await fetch('/api/queue')).json()).jobs")
    assert jobs[-1]["paths"] == [str(picture.parent)], "its path was taken, and nothing was copied"


def test_an_export_goes_where_the_system_was_told(windowed: Windowed, tmp_path: Path) -> None:
    page, hand, target = windowed.page, windowed.hand, tmp_path / "answers of today.csv"
    wait_ready(page)
    picture = generated_pictures(tmp_path, 1)[0]
    drop(page, [picture])
    wait_finished(page, [picture.name])
    page.evaluate("() => void window.dispatchEvent(new Event('online'))")
    expect(page.locator(".state-well")).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("link", name="History").click()
    page.get_by_role("button", name="Export…").click()
    page.get_by_role("button", name="Save as…").click()
    hand.answer("Save as", None)
    expect(page.get_by_role("button", name="Save as…")).to_be_visible()
    page.get_by_role("button", name="Save as…").click()
    hand.answer("Save as", str(target))
    expect(page.locator(".export-line")).to_contain_text(f"Saved as {target.name} in {tmp_path.name}")
    assert picture.name in target.read_text(encoding="utf-8-sig")
    assert list(windowed.downloads.iterdir()) == []
