"""What a person sees of a memory that takes nothing, in a real Chromium: a line, and a way out of damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, open_page, wait_finished, wait_ready
from local_records import HandClock, body_of, inference, send
from playwright.sync_api import BrowserContext, expect
from running import running
from small_disk import MIB, OnSmallDisk, can_mount, fill_up

from store.local import folder as data_folder
from store.local.folder import FILE_NAME
from store.local.opening import open_store

pytestmark = pytest.mark.browser
WAIT_MS = 60_000
POST = """body => fetch('/api/statistics',
    { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }).then(({ status }) => status)"""


def fill(folder: Path, count: int) -> None:
    store = open_store(folder, HandClock())
    send(store.statistics, *(inference(number) for number in range(count)))
    store.close()


def from_the_future(folder: Path) -> None:
    store = open_store(folder, HandClock())
    store.database.submit(
        lambda db: db.execute_sql("INSERT INTO migration VALUES (999, 'from the future', 0)")
    ).result()
    store.close()


def wreck(file: Path) -> None:
    with file.open("rb+") as handle:
        handle.seek(file.read_bytes().rindex(b'"predictions"') // 4096 * 4096)
        handle.write(b"\xde\xad\xbe\xef" * 1024)


def covered(page: Page) -> bool:
    """Whether the line lies over the place with the picture."""
    line, place = (page.locator(name).bounding_box() for name in (".memory-line", "main.place"))
    assert line is not None
    assert place is not None
    return line["y"] + line["height"] > place["y"] + 1


def test_a_newer_memory_is_said_in_a_line_that_covers_nothing(
    data_dir: Path, context: BrowserContext, tmp_path: Path
) -> None:
    """What is recognised meanwhile stays in the page, and is sent when the newer Whimbrel is back."""
    from_the_future(data_dir)
    with running(data_dir) as app:
        page = open_page(app, context)
        line = page.wait_for_selector('[data-memory="read-only"]', timeout=WAIT_MS)
        assert line is not None
        assert "A newer Whimbrel wrote this memory" in line.inner_text()
        (picture,) = generated_pictures(tmp_path / "pictures", 1)
        drop(page, [picture])
        wait_finished(page, [picture.name])
        for width in (1100, 380):
            page.set_viewport_size({"width": width, "height": 720})
            assert not covered(page)
        page.wait_for_selector(".state-trouble", timeout=WAIT_MS)
        assert page.locator(".bar-state").inner_text() == "1 not saved yet"
        assert app.rows("SELECT count(*) FROM record") == [(0,)]
        page.close()


@pytest.mark.skipif(not can_mount(), reason="Mounting a small file system needs root on Linux (unshare -m).")
def test_a_full_disk_is_said_in_the_open_page_and_goes_away_with_it(
    tmp_path: Path, context: BrowserContext
) -> None:
    place = tmp_path / "small"
    place.mkdir()
    server = OnSmallDisk(place)
    server.start()
    try:
        page = context.new_page()
        page.goto(server.link)
        page.wait_for_selector(".bar")
        filler = fill_up(server.folder, 100 * MIB)
        line = page.locator('[data-memory="full"]')
        assert page.evaluate(POST, body_of(inference(1)).decode()) == 507
        expect(line).to_contain_text("The disk is nearly full")
        page.reload()
        expect(line).to_be_visible()
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert not covered(page)
        filler.unlink()
        expect(line).to_have_count(0, timeout=WAIT_MS)
    finally:
        server.stop()


def test_the_recovery_page_restores_and_opens_the_page(data_dir: Path, context: BrowserContext) -> None:
    fill(data_dir, 150)
    store = open_store(data_dir, HandClock())
    store.backups.make("daily")
    store.close()
    wreck(data_dir / FILE_NAME)
    data_folder.enter(data_dir)
    with running(data_dir) as app:
        page = context.new_page()
        page.goto(app.link)
        page.wait_for_selector('[data-way="restore"]:not([disabled])', timeout=WAIT_MS)
        assert "150 records" in page.inner_text("main")
        page.click('[data-way="restore"]')
        page.wait_for_selector('[data-phase="done"]', timeout=WAIT_MS)
        assert "with 150 records is in place" in page.inner_text("main")
        page.click('[data-way="open"]')
        wait_ready(page)
        page.wait_for_selector("[data-picture]", timeout=WAIT_MS)
        assert app.rows("SELECT count(*) FROM record WHERE kind = 'inference'") == [(150,)]


def test_an_open_page_goes_to_the_recovery_by_itself(data_dir: Path, context: BrowserContext) -> None:
    """The server comes back after a kill with a damaged memory; the page that is still open hears of it."""
    fill(data_dir, 150)
    with running(data_dir) as app:
        page = open_page(app, context)
        app.stop()
        wreck(data_dir / FILE_NAME)
        data_folder.enter(data_dir)
        app.start()
        page.wait_for_url("**/recovery", timeout=WAIT_MS)
        page.wait_for_selector('[data-way="salvage"]', timeout=WAIT_MS)
