"""Forgetting a picture and erasing everything, in the page; limits that show what is over them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, wait_finished, wait_saved
from playwright.sync_api import expect
from running import Whimbrel

pytestmark = pytest.mark.browser


def _recognise(page: Page, folder: Path, count: int) -> list[Path]:
    files = generated_pictures(folder / "drawn", count)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    page.locator(f'[data-picture="{files[0].name}"]').first.click()
    return files


def test_a_picture_is_forgotten_beside_its_answer(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    """Also while its record still waits in the browser: it is sent, shown, and goes everywhere."""
    first, second, _ = _recognise(page, tmp_path, 3)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Forget this picture…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Forget {first.name}?")
    expect(dialog).to_contain_text("1 answer")
    expect(dialog).to_contain_text("This can't be undone.")
    picture = page.locator(".stage-picture").bounding_box()
    covers = dialog.bounding_box()
    assert picture is not None
    assert covers is not None
    assert covers["x"] + 1 >= picture["x"] + picture["width"]
    dialog.get_by_role("button", name="Keep it").click()
    assert len(app.rows("SELECT 1 FROM picture")) == 3
    page.get_by_role("button", name="Forget this picture…").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget it").click()
    page.locator(f'[data-picture="{first.name}"]').wait_for(state="detached")
    page.wait_for_function("() => document.querySelectorAll('[data-picture]').length === 2")
    left = {name for (name,) in app.rows("SELECT file_name FROM picture")}
    assert left == {second.name, "drawn_002.png"}
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    assert app.rows("SELECT count(*) FROM record WHERE payload LIKE ?", f"%{digest}%") == [(0,)]
    drop(page, [first])
    wait_finished(page, [first.name])
    wait_saved(page, app, "inference", 3)


def test_limits_show_what_is_over_them_and_everything_can_be_erased(
    page: Page, app: Whimbrel, tmp_path: Path
) -> None:
    _recognise(page, tmp_path, 2)
    wait_saved(page, app, "inference", 2)
    page.get_by_role("link", name="Settings").click()
    section = page.locator("whimbrel-retention")
    expect(section).to_contain_text("Nothing is over these limits now.")
    days = section.get_by_label("Answers: days")
    days.fill("90")
    days.press("Enter")
    page.wait_for_function(
        "() => fetch('/api/settings').then(a => a.json()).then(s => s.keepAnswersDays === 90)"
    )
    days.fill("-1")
    days.press("Enter")
    expect(page.locator("whimbrel-keeping .problem")).to_contain_text("was not kept", timeout=20_000)
    expect(days).to_have_value("90")
    section.get_by_role("button", name="Erase everything…").click()
    dialog = page.get_by_role("dialog")
    erase = dialog.get_by_role("button", name="Erase everything")
    expect(dialog).to_contain_text("2 answers")
    expect(erase).to_be_disabled()
    dialog.get_by_role("textbox").fill("erase everything")
    erase.click()
    expect(section.get_by_role("status")).to_contain_text(re.compile(r"Removed: 2 answers"), timeout=20_000)
    assert app.rows("SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM picture)") == [(0, 0)]
    page.get_by_role("link", name="Recognise").or_(page.get_by_role("button", name="Recognise")).first.click()
    expect(page.locator("[data-picture]")).to_have_count(0)
