"""The first run: three times Enter, or a picture at any moment of it; then never again."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, wait_finished, wait_ready, wait_until
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
DONE = "() => fetch('/api/settings').then(answer => answer.json()).then(settings => settings.firstRunDone)"
ANEW = """() => fetch('/api/settings', {
    method: 'PATCH', headers: {'Content-Type': 'application/json'}, body: '{"firstRunDone": false}'})"""


@pytest.fixture
def first(lasting_page: Page) -> Page:
    """The page as somebody sees it who opens it for the first time."""
    lasting_page.evaluate(ANEW)
    lasting_page.reload()
    wait_ready(lasting_page)
    expect(lasting_page.get_by_role("heading", name="names what is in your pictures")).to_be_visible()
    return lasting_page


def test_three_times_enter_is_all_and_it_never_comes_again(first: Page) -> None:
    expect(first.get_by_role("button", name="Go on")).to_be_focused()
    first.keyboard.press("Enter")
    starter = first.get_by_role("radio", name="EfficientNet-Lite0")
    expect(starter).to_be_checked()
    expect(first.locator(".first-run-models")).to_contain_text("here, and ready")
    expect(first.locator(".first-run-models")).to_contain_text("MobileNet V2 1.0")
    expect(first.get_by_role("button", name="Go on")).to_be_focused()
    first.keyboard.press("Enter")
    expect(first.get_by_role("heading", name="That is all")).to_be_visible()
    assert first.evaluate(DONE) is False
    first.keyboard.press("Enter")
    expect(first.locator(".empty-sentence")).to_be_visible()
    wait_until(first, DONE)
    assert first.evaluate("() => document.documentElement.dataset.model").startswith("efficientnet")
    first.evaluate("() => localStorage.clear()")
    first.reload()
    wait_ready(first)
    expect(first.locator(".empty-sentence")).to_be_visible()
    expect(first.locator("whimbrel-first-run")).to_have_count(0)


def test_it_can_be_left_out_with_one_key(first: Page) -> None:
    first.keyboard.press("Enter")
    first.get_by_role("button", name="Back").press("Enter")
    expect(first.get_by_role("heading", name="names what is in your pictures")).to_be_visible()
    first.keyboard.press("Escape")
    expect(first.locator(".empty-sentence")).to_be_visible()
    wait_until(first, DONE)


def test_a_picture_may_come_at_any_moment_and_takes_no_step(first: Page, tmp_path: Path) -> None:
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(first, [file])
    wait_finished(first, [file.name])
    expect(first.locator("whimbrel-answers")).to_contain_text("%")
    expect(first.locator(".first-run")).to_have_count(0)
    wait_until(first, DONE)
