"""What a hand meets on the keys or on the glass: where the focus is, and what a finger can hit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, open_page, wait_finished
from past_pictures import fill_past
from playwright.sync_api import BrowserContext, expect
from running import Whimbrel, running

pytestmark = pytest.mark.browser

COUNT = 120
FINGER_PX = 44
TOO_SMALL = """smallest => [...document.querySelectorAll(
    'button, select, summary, .bar-places a, .choice, .switch, input:not([type=radio], [type=checkbox])')]
    .filter(found => found.checkVisibility() && !found.closest('.unseen, p, td, th'))
    .filter(found => found.getBoundingClientRect().height < smallest)
    .map(found => `${found.tagName} ${found.className} ${found.innerText}`)"""


@pytest.fixture
def past(data_dir: Path) -> Iterator[Whimbrel]:
    """A server whose memory has a past."""
    fill_past(data_dir, COUNT)
    with running(data_dir) as whimbrel:
        yield whimbrel


@pytest.fixture
def history(past: Whimbrel, context: BrowserContext) -> Page:
    """The History place, gone to by its link."""
    page = context.new_page()
    page.goto(past.link)
    page.get_by_role("link", name="History").click()
    page.wait_for_selector(".past-row")
    return page


def focused(page: Page) -> str:
    """The class of what has the focus, or its name."""
    said: str = page.evaluate("() => document.activeElement.className || document.activeElement.name || ''")
    return said


def test_a_filter_that_is_chosen_by_key_keeps_the_focus(history: Page) -> None:
    history.locator("select[name=mark]").focus()
    history.keyboard.press("w")
    expect(history.locator(".past-sentence")).to_have_text("4 answers that you called wrong")
    expect(history.locator(".past-row")).to_have_count(4)
    assert focused(history) == "mark"


def test_after_an_erasure_the_keys_are_at_the_picture_that_took_its_place(history: Page) -> None:
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        history.keyboard.press(key)
    history.get_by_role("button", name="Forget this picture…").focus()
    history.keyboard.press("Enter")
    sure = history.get_by_role("button", name="Forget it")
    expect(sure).to_be_enabled()
    sure.press("Enter")
    expect(history.locator(".past-row", has_text="IMG_0002.JPG")).to_have_count(0, timeout=30_000)
    expect(history.locator(".past-row[aria-selected=true]")).to_contain_text("IMG_0003.JPG")
    expect(history.locator(".past-rows")).to_be_focused()
    history.keyboard.press("ArrowDown")
    expect(history.locator(".past-row[aria-selected=true]")).to_contain_text("IMG_0004.JPG")


def test_a_place_that_was_gone_to_scrolls_by_key(history: Page) -> None:
    history.get_by_role("link", name="Model").focus()
    history.keyboard.press("Enter")
    history.wait_for_selector("whimbrel-retention .limits")
    history.keyboard.press("End")
    history.wait_for_function("() => document.querySelector('.place').scrollTop > 200")


def test_on_a_narrow_screen_the_focus_is_in_the_panel_that_is_all_there_is(history: Page) -> None:
    history.set_viewport_size({"width": 360, "height": 740})
    history.keyboard.press("ArrowDown")
    history.keyboard.press("Enter")
    expect(history.locator(".past-panel")).to_be_focused()
    history.keyboard.press("Escape")
    expect(history.locator(".past-rows")).to_be_focused()


def test_on_a_narrow_screen_the_label_is_whole_beside_a_long_mark(history: Page) -> None:
    history.set_viewport_size({"width": 360, "height": 740})
    marked = history.locator(".past-row", has_text="raccoon dog").first
    cut = marked.locator(".past-label").evaluate("label => label.scrollWidth > label.clientWidth")
    assert not cut
    expect(marked.locator(".past-mark")).to_be_visible()
    expect(marked.locator(".past-file")).to_be_hidden()


def test_a_change_of_theme_shows_at_once(history: Page) -> None:
    history.mouse.move(0, 0)
    colour = "() => getComputedStyle(document.querySelector('.past-export')).backgroundColor"
    light = history.evaluate(colour)
    history.emulate_media(color_scheme="dark")
    dark = history.evaluate(colour)
    assert history.evaluate("() => document.getAnimations().length") == 0
    assert dark != light


def test_a_finger_can_hit_everything_at_360_px(
    past: Whimbrel, context: BrowserContext, tmp_path: Path
) -> None:
    page = open_page(past, context)
    page.set_viewport_size({"width": 360, "height": 740})
    files = generated_pictures(tmp_path / "drawn", 1)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    page.locator(f'[data-picture="{files[0].name}"]').click()
    expect(page.get_by_role("button", name="Add pictures")).to_be_visible()
    expect(page.get_by_role("button", name="Camera")).to_be_visible()
    small = page.evaluate(TOO_SMALL, FINGER_PX)
    for place, sign in (
        ("History", ".past-row"),
        ("Model", "whimbrel-retention .limits"),
        ("Performance", "canvas"),
    ):
        page.get_by_role("link", name=place).click()
        page.wait_for_selector(sign)
        small += page.evaluate(TOO_SMALL, FINGER_PX)
    assert small == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
