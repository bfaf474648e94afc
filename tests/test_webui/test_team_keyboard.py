"""The team's pages on a phone's width, and by the keyboard alone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from collecting import enrolled
from collector_serving import ServedCollector
from playwright.sync_api import Page, Playwright
from running import HEADLESS, QUIET_CHROMIUM
from team_pages import PASSWORD, team_collector
from two_hands import TwoHands

from webui.collector.team_handler import PLACES

pytestmark = [pytest.mark.browser, pytest.mark.skipif(HEADLESS is None, reason="no Chromium here")]
LONG = "The field laptop of somebody with a rather long name"
WIDE = """() => {
  const parts = [document.documentElement, ...document.querySelectorAll('.wide')];
  return Math.max(...parts.map((each) => each.scrollWidth - each.clientWidth));
}"""
FOCUSED = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect(), style = getComputedStyle(it);
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const name = it.textContent.trim() || it.getAttribute('aria-label') || it.name;
  return it === document.body ? null : [name, style.outlineStyle !== 'none' && it.contains(top)];
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Page]:
    """Ada's phone, where she has just opened the collector; two devices have sent something."""
    with team_collector(tmp_path_factory.mktemp("team"), TwoHands()) as served:
        fill(served)
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=QUIET_CHROMIUM)
        page = browser.new_page(viewport={"width": 390, "height": 560}, reduced_motion="reduce")
        page.goto(f"{served.url}/")
        yield page
        browser.close()


def fill(served: ServedCollector) -> None:
    """Records of two devices, one of them refused."""
    for name in (LONG, "tablet"):
        sender = enrolled(served.collector, name)
        served.collector.take(sender.batch(*sender.records(2), sender.event({"kind": 1})))


def tabbed(page: Page) -> list[str]:
    """What the Tab key reaches, one after the other; each must be seen, with a line around it."""
    names: list[str] = []
    while True:
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None:
            return names
        assert found[1], f"{found[0]} has the focus, and one does not see it"
        names.append(found[0])


def test_one_signs_in_and_goes_on_by_keyboard_alone(page: Page) -> None:
    page.wait_for_function("document.activeElement.name === 'name'")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Devices").wait_for()
    names = tabbed(page)
    assert names[:2] == ["Skip to the page", "Menu"]
    assert names[2:] == ["silent", "Show", "group", "Make it", "Put out", "Put out"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[0] == "silent"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    inside = tabbed(page)
    assert inside[: len(PLACES) + 1] == [*(name for _, name in PLACES), "Sign out"]


def test_no_page_is_wider_than_the_phone(page: Page) -> None:
    for path, _ in PLACES:
        page.goto(urljoin(page.url, path))
        assert page.evaluate(WIDE) <= 0, path
