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
    """The History place of a memory that the test may change, gone to by its link."""
    return entered(past.link, context)


@pytest.fixture(scope="module")
def let_in(lasting_data_dir: Path, lasting_context: BrowserContext, built: None) -> Iterator[str]:
    """The address of a server with the same past, for the tests that only look; its link was used."""
    fill_past(lasting_data_dir, COUNT)
    with running(lasting_data_dir) as whimbrel:
        entered(whimbrel.link, lasting_context).close()
        yield whimbrel.origin


@pytest.fixture
def looked_at(let_in: str, lasting_context: BrowserContext) -> Iterator[Page]:
    """The History place of that past."""
    page = entered(let_in, lasting_context)
    yield page
    page.close()


def entered(address: str, context: BrowserContext) -> Page:
    """A new page at the History place."""
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="History").click()
    page.wait_for_selector(".past-row")
    return page


def focused(page: Page) -> str:
    """The class of what has the focus, or its name."""
    said: str = page.evaluate("() => document.activeElement.className || document.activeElement.name || ''")
    return said


def test_a_filter_that_is_chosen_by_key_keeps_the_focus(looked_at: Page) -> None:
    looked_at.locator("select[name=mark]").focus()
    looked_at.keyboard.press("w")
    expect(looked_at.locator(".past-sentence")).to_have_text("4 answers that you called wrong")
    expect(looked_at.locator(".past-row")).to_have_count(4)
    assert focused(looked_at) == "mark"


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


def test_a_place_that_was_gone_to_scrolls_by_key(looked_at: Page) -> None:
    looked_at.get_by_role("link", name="Settings").focus()
    looked_at.keyboard.press("Enter")
    looked_at.wait_for_selector("whimbrel-retention .limits")
    looked_at.keyboard.press("End")
    looked_at.wait_for_function("() => document.querySelector('.place').scrollTop > 200")


def test_on_a_narrow_screen_the_focus_is_in_the_panel_that_is_all_there_is(looked_at: Page) -> None:
    looked_at.set_viewport_size({"width": 360, "height": 740})
    looked_at.keyboard.press("ArrowDown")
    looked_at.keyboard.press("Enter")
    expect(looked_at.locator(".past-panel")).to_be_focused()
    looked_at.keyboard.press("Escape")
    expect(looked_at.locator(".past-rows")).to_be_focused()


def test_on_a_narrow_screen_the_label_is_whole_beside_a_long_mark(looked_at: Page) -> None:
    looked_at.set_viewport_size({"width": 360, "height": 740})
    marked = looked_at.locator(".past-row", has_text="raccoon dog").first
    cut = marked.locator(".past-label").evaluate("label => label.scrollWidth > label.clientWidth")
    assert not cut
    expect(marked.locator(".past-mark")).to_be_visible()
    expect(marked.locator(".past-file")).to_be_hidden()


def test_a_change_of_theme_shows_at_once(looked_at: Page) -> None:
    looked_at.mouse.move(0, 0)
    colour = "() => getComputedStyle(document.querySelector('.past-export')).backgroundColor"
    light = looked_at.evaluate(colour)
    looked_at.emulate_media(color_scheme="dark")
    dark = looked_at.evaluate(colour)
    assert looked_at.evaluate("() => document.getAnimations().length") == 0
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
        ("Model", "whimbrel-reject select"),
        ("Performance", "canvas"),
        ("Settings", "whimbrel-retention .limits"),
    ):
        page.get_by_role("link", name=place).click()
        page.wait_for_selector(sign)
        small += page.evaluate(TOO_SMALL, FINGER_PX)
    assert small == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
