"""Review: pictures that chance picked are named by keys alone, without their answer in sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Page, answers, drop, generated_pictures, wait_finished, wait_ready, wait_saved
from playwright.sync_api import expect
from running import Whimbrel

pytestmark = pytest.mark.browser

PATCH = """settings => fetch('/api/settings', {
    method: 'PATCH', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(settings)
}).then(() => null)"""


def states(app: Whimbrel) -> dict[str, int]:
    return dict(app.rows("SELECT state, count(*) FROM audit_picture GROUP BY state"))


def test_pictures_picked_by_chance_are_named_by_keys_alone(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    page.evaluate(PATCH, {"auditShare": 1})
    files = generated_pictures(tmp_path / "drawn", 4)
    expect(page.get_by_role("link", name="Review", exact=True)).to_be_visible()
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    answer = answers(page)[files[0].name]["label"]
    page.get_by_role("link", name="Review 4").click()
    review, field = page.locator("whimbrel-review"), page.get_by_label("What is it?")
    expect(field).to_be_focused()
    expect(review).to_contain_text("1 of 4")
    assert answer not in review.inner_text()
    assert files[0].name not in review.inner_html()

    page.keyboard.type(answer)  # the first one: what the model said, without having seen it
    page.keyboard.press("Enter")
    expect(review).to_contain_text(f"Named {answer}.")
    page.keyboard.press("0")
    expect(review).to_contain_text("3 of 4")
    page.keyboard.press("Control+z")
    expect(review).to_contain_text("2 of 4")
    page.keyboard.type("sandpiper")
    page.keyboard.press("Enter")
    wait_saved(page, app, "feedback", 4)
    page.reload()
    wait_ready(page)
    expect(review).to_contain_text("1 of 2")
    assert states(app) == {"answered": 2, "waiting": 2}

    expect(field).to_be_focused()
    assert app.process is not None
    app.stop()
    page.keyboard.press("?")
    expect(review).to_contain_text("2 of 2")
    page.keyboard.press("ArrowRight")
    expect(review.get_by_role("alert")).to_contain_text("not answering")
    app.start()
    expect(review).to_contain_text("You were not sure of 1 and skipped 1.", timeout=30_000)
    expect(review).to_contain_text("too few to know (2 checked pictures)")
    assert states(app) == {"answered": 3, "skipped": 1}
    said = app.rows("SELECT is_correct, corrected_label FROM feedback WHERE retracted_by IS NULL ORDER BY id")
    assert said == [(1, None), (0, "sandpiper"), (None, None)]

    review.get_by_role("link", name="too few to know").click()
    expect(page.locator("whimbrel-history")).to_contain_text("2 answers")
    expect(page.get_by_role("link", name="Review", exact=True)).to_be_visible()
