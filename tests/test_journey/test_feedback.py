"""Right, wrong, not sure, undo: by keyboard alone, and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Page, answers, drop, generated_pictures, open_page, wait_finished, wait_ready, wait_saved
from playwright.sync_api import BrowserContext
from running import Whimbrel

pytestmark = pytest.mark.browser


def _recognise(page: Page, folder: Path, count: int = 1) -> list[Path]:
    files = generated_pictures(folder / "drawn", count)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    page.locator(f'[data-picture="{files[0].name}"]').first.click()
    return files


def _current(app: Whimbrel) -> list[tuple[object, ...]]:
    return app.rows(
        "SELECT is_correct, corrected_label, confidence FROM feedback WHERE retracted_by IS NULL "
        "ORDER BY recorded_at, id"
    )


def test_enter_says_right(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    _recognise(page, tmp_path)
    page.keyboard.press("Enter")
    [record] = wait_saved(page, app, "feedback", 1)
    assert record["userFeedback"]["isCorrect"] is True
    assert _current(app) == [(1, None, 1.0)]


def test_w_and_a_typed_label_says_wrong(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    _recognise(page, tmp_path)
    page.keyboard.press("w")
    page.keyboard.type("my own heron")
    page.keyboard.press("Enter")
    [record] = wait_saved(page, app, "feedback", 1)
    assert record["userFeedback"]["correctedLabel"] == "my own heron"
    assert _current(app) == [(0, "my own heron", 1.0)]


def test_labels_are_completed_and_typed_ones_are_offered_again(
    page: Page, app: Whimbrel, tmp_path: Path
) -> None:
    _recognise(page, tmp_path, 2)
    page.keyboard.press("w")
    page.keyboard.type("timber wo")
    page.get_by_role("option", name="timber wolf").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    [record] = wait_saved(page, app, "feedback", 1)
    assert record["userFeedback"]["correctedLabel"] == "timber wolf"


def test_u_says_not_sure_with_half_confidence(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    _recognise(page, tmp_path)
    page.keyboard.press("u")
    [record] = wait_saved(page, app, "feedback", 1)
    assert record["userFeedback"]["confidence"] == 0.5


def test_undo_takes_feedback_back_and_the_history_keeps_both(
    page: Page, app: Whimbrel, tmp_path: Path
) -> None:
    _recognise(page, tmp_path)
    page.keyboard.press("Enter")
    wait_saved(page, app, "feedback", 1)
    page.keyboard.press("Control+z")
    said, undone = wait_saved(page, app, "feedback", 2)
    assert undone["retracts"] == said["id"]
    assert _current(app) == []


def test_keyboard_alone_goes_through_pictures(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    files = _recognise(page, tmp_path, 3)
    page.keyboard.press("Home")
    for key in ("Enter", "ArrowRight", "u", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    records = wait_saved(page, app, "feedback", 3)
    inferences = {r["id"]: r["picture"]["fileName"] for r in wait_saved(page, app, "inference", 3)}
    assert {inferences[r["inferenceId"]] for r in records} == {file.name for file in files}


def test_the_strip_and_its_marks_are_there_after_a_reload(
    page: Page, app: Whimbrel, context: BrowserContext, tmp_path: Path
) -> None:
    files = _recognise(page, tmp_path, 2)
    page.keyboard.press("Enter")
    wait_saved(page, app, "feedback", 1)
    wait_saved(page, app, "inference", 2)
    before = answers(page)
    page.close()
    again = open_page(app, context)
    again.wait_for_selector(f'[data-picture="{files[1].name}"]')
    after = answers(again)
    for file in files:
        assert after[file.name]["label"] == before[file.name]["label"]
        assert after[file.name]["state"] == "done"


def test_a_reload_keeps_the_session_without_the_link(page: Page, app: Whimbrel) -> None:
    assert "key=" not in page.url
    page.reload()
    wait_ready(page)
    assert app.link not in page.content()
