"""The real window: its menu's keys, what its page may not do, and a page that is killed and comes back."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from driving import wait_ready, wait_until
from playwright.sync_api import Page, Playwright, expect
from screen import screen, skip_without_hand, skip_without_window
from windowed import Windowed, opened

pytestmark = [pytest.mark.window]
BROWSER = """#!{python}
import sys
with open({heard!r}, "a") as heard:
    heard.write(sys.argv[1] + "\\n")
"""
ASKED = "200 GET /api/desktop "
FAKE_CAMERA = "--use-fake-device-for-media-stream"
FOUND_MS = 60_000
LEAST_BYTES = 100 * 1024 * 1024  # of a page; a zygote that waits has 60 MB
ASK_FOR = """async ([kind]) => {
    try {
        const stream = await navigator.mediaDevices.getUserMedia({[kind]: true});
        for (const track of stream.getTracks()) track.stop();
        return 'granted';
    } catch (problem) {
        return problem.name;
    }
}"""


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which the system's browser notes what it is to open."""
    return tmp_path_factory.mktemp("browser") / "heard"


@pytest.fixture(scope="module")
def windowed(lasting_data_dir: Path, playwright: Playwright, heard: Path) -> Iterator[Windowed]:
    """One window for all tests, with a fake camera and a browser that only notes addresses."""
    skip_without_window()
    skip_without_hand()
    program = heard.with_name("browser")
    program.write_text(BROWSER.format(python=sys.executable, heard=str(heard)))
    program.chmod(0o755)
    with screen() as display:
        flags = f"{display['QTWEBENGINE_CHROMIUM_FLAGS']} {FAKE_CAMERA}"
        environment = {**display, "BROWSER": str(program), "QTWEBENGINE_CHROMIUM_FLAGS": flags}
        with opened(lasting_data_dir, playwright, environment, heard.parent) as window:
            wait_ready(window.page)
            yield window


def test_the_keys_of_the_menu(windowed: Windowed) -> None:
    page, hand = windowed.page, windowed.hand
    window = hand.wait_for("Whimbrel")
    hand.key(window, "ctrl+3")
    page.wait_for_url("**/#/history", timeout=FOUND_MS)
    hand.key(window, "F1")
    expect(page.get_by_role("heading", name="Help")).to_be_visible(timeout=FOUND_MS)
    hand.key(window, "Escape")
    expect(page.get_by_role("heading", name="Help")).to_be_hidden()
    usual = page.evaluate("() => devicePixelRatio")
    hand.key(window, "ctrl+plus")
    wait_until(page, "async usual => devicePixelRatio > usual", usual, FOUND_MS)
    hand.key(window, "ctrl+0")
    wait_until(page, "async usual => devicePixelRatio === usual", usual, FOUND_MS)
    hand.key(window, "ctrl+1")
    page.wait_for_url("**/#/recognise", timeout=FOUND_MS)


def put_link(page: Page, target: str, address: str) -> None:
    page.evaluate(
        """([target, href]) => {
            document.querySelector('#outside')?.remove();
            const link = Object.assign(document.createElement('a'), {id: 'outside', href, target});
            link.textContent = 'outside';
            link.style.cssText = 'position: fixed; top: 200px; left: 20px; z-index: 9';
            document.body.append(link);
        }""",
        [target, address],
    )


def test_links_to_elsewhere_open_in_the_systems_browser_and_the_page_stays(
    windowed: Windowed, heard: Path
) -> None:
    page = windowed.page
    here = page.url
    for number, target in enumerate(("", "_blank"), 1):
        address = f"https://elsewhere.example/{number}"
        put_link(page, target, address)
        page.mouse.click(30, 210)
        wait_for_line(page, heard, address)
    page.evaluate("() => { location.href = 'https://elsewhere.example/by-script'; }")
    page.evaluate("() => { location.href = 'data:text/html,<h1>elsewhere</h1>'; }")
    put_link(page, "", "https://elsewhere.example/last")
    page.mouse.click(30, 210)
    wait_for_line(page, heard, "https://elsewhere.example/last")
    assert "data:" not in heard.read_text()
    assert page.url == here
    assert len(page.context.pages) == 1


def wait_for_line(page: Page, heard: Path, address: str) -> None:
    for _ in range(FOUND_MS // 100):
        if heard.exists() and address in heard.read_text().split():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the browser was not asked for {address}")


def test_the_camera_is_for_our_page_and_the_microphone_for_nobody(windowed: Windowed) -> None:
    page = windowed.page
    assert page.evaluate(ASK_FOR, ["video"]) == "granted"
    assert page.evaluate(ASK_FOR, ["audio"]) in ("NotAllowedError", "AbortError")
    assert page.evaluate("() => Notification.requestPermission()") == "denied"


def test_a_page_that_is_killed_comes_back_and_asks_what_happened(
    windowed: Windowed, lasting_data_dir: Path
) -> None:
    """Seen from the server: Playwright can't be relied on to get hold of a page whose process was changed."""
    log = lasting_data_dir / "logs" / "whimbrel.log"
    asked = log.read_text().count(ASKED)
    for renderer in renderers(windowed):
        renderer.kill()
    ends = time.monotonic() + FOUND_MS / 1000
    while log.read_text().count(ASKED) == asked:
        assert time.monotonic() < ends, "the page did not come back"
        time.sleep(0.1)
    assert "the page's process ended by itself (KilledTerminationStatus, 9)" in log.read_text()
    windowed.process.send_signal(signal.SIGTERM)
    assert windowed.process.wait(FOUND_MS / 1000) == 0


def renderers(windowed: Windowed) -> list[psutil.Process]:
    """The processes of pages: on Linux Chromium's zygotes make them, and they keep their names."""
    zygotes = [one for one in children_of(windowed.process.pid) if is_zygote(one)]
    pages = [one for zygote in zygotes for one in children_of(zygote.pid) if is_zygote(one)]
    found = [one for one in pages if one.memory_info().rss > LEAST_BYTES]
    assert found
    return found


def children_of(pid: int) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(pid).children()
    return found


def is_zygote(process: psutil.Process) -> bool:
    try:
        return "--type=zygote" in process.cmdline()
    except psutil.ZombieProcess:
        return False  # a browser that was asked for an address and has ended
