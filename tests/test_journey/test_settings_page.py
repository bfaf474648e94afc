"""The Settings place: what can be chosen, what is kept where, and what helps when something is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, open_page, wait_finished, wait_ready, wait_saved
from playwright.sync_api import BrowserContext, expect
from running import Whimbrel, running

from desktop.crashes import CrashReports
from store.clock import SystemClock

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(lasting_app: Whimbrel, lasting_context: BrowserContext) -> Iterator[Page]:
    """The Settings place, gone to by keys alone."""
    page = open_page(lasting_app, lasting_context)
    page.get_by_role("link", name="Settings").focus()
    page.keyboard.press("Enter")
    expect(page.locator("whimbrel-settings h1")).to_have_text("Settings")
    yield page


def test_it_leads_to_the_models_and_to_sending_and_says_how_they_are(place: Page) -> None:
    settings = place.locator("whimbrel-settings")
    expect(settings).to_contain_text("It knows 1,000 labels.")
    expect(settings.get_by_role("link", name="Choose, train and compare models")).to_have_attribute(
        "href", "#/model"
    )
    expect(settings.locator("#settings-sending .resting")).to_contain_text("Nothing leaves this computer.")
    measured = re.compile(r"\d m?s\b")  # over a second on a machine that is busy
    expect(settings.locator("whimbrel-backends tbody tr").first).to_contain_text(measured)
    expect(settings.locator("whimbrel-retention .limits")).to_be_visible()


def test_the_folder_is_told_with_what_takes_room(place: Page, lasting_app: Whimbrel) -> None:
    folder = place.locator("whimbrel-folder")
    expect(folder.locator("code").first).to_have_text(str(lasting_app.data_dir))
    expect(folder.locator("tr", has_text="Models")).to_contain_text("MB")
    expect(folder.locator("tr", has_text="Together")).to_contain_text("MB")
    expect(folder.get_by_role("button")).to_have_count(0)  # there is no screen to show it on


def test_what_a_start_reads_is_written_into_the_file_and_taken_back(
    place: Page, lasting_app: Whimbrel
) -> None:
    file = lasting_app.data_dir / "settings.toml"
    start = place.locator("whimbrel-start")
    expect(start.locator("[data-setting=open_browser]")).to_contain_text("started with --no-browser")
    start.locator("[name=log_level]").select_option("debug")
    undo = start.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    assert file.read_text() == 'log_level = "debug"\n'
    undo.press("Enter")
    expect(undo).to_have_count(0)
    assert file.read_text() == ""
    port = start.locator("[name=port]")
    for text in ("70000", "no port"):
        port.fill(text)
        port.press("Tab")
        expect(start.get_by_role("alert")).to_contain_text("1 to 65535")
    port.fill("21999")
    port.press("Tab")
    expect(start.locator("[data-setting=port]")).to_contain_text("Counts from the next start on.")
    assert file.read_text() == "port = 21999\n"
    start.get_by_role("button", name="Undo").press("Enter")
    expect(start.locator("[data-setting=port]")).not_to_contain_text("next start")


def test_the_diagnostics_file_is_read_before_it_is_saved(place: Page, lasting_app: Whimbrel) -> None:
    place.goto(f"{lasting_app.origin}/#/settings?at=diagnostics")
    expect(place.locator("whimbrel-diagnostics")).to_be_focused()
    place.get_by_role("button", name="Show the diagnostics file").press("Enter")
    shown = place.locator(".shown-file")
    expect(shown).to_contain_text("== The last 200 lines of the log ==")
    text = shown.text_content() or ""
    assert str(lasting_app.data_dir) not in text and 'backend "wasm"' in text
    with place.expect_download() as saved:
        place.get_by_role("button", name="Save it as a file").press("Enter")
    assert saved.value.suggested_filename.startswith("whimbrel-diagnostics-")
    assert saved.value.path().read_text(encoding="utf-8") == text
    assert place.evaluate("() => document.documentElement.scrollTop") == 0


def test_numbers_that_are_not_to_be_kept_are_not(place: Page, lasting_app: Whimbrel, tmp_path: Path) -> None:
    place.get_by_role("switch", name="Keep the numbers that the model found").uncheck()
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(place, [file])
    wait_finished(place, [file.name])
    wait_saved(place, lasting_app, "inference", 1)
    assert lasting_app.rows("SELECT count(*) FROM embedding") == [(0,)]
    assert lasting_app.rows("SELECT thumbnail IS NULL FROM picture") == [(0,)]
    kept = dict(lasting_app.rows("SELECT name, value FROM setting"))
    assert json.loads(kept["keepEmbeddings"]) is False


def test_a_backup_is_made_and_put_back(place: Page, lasting_app: Whimbrel) -> None:
    place.goto(f"{lasting_app.origin}/#/settings?at=backups")
    place.get_by_role("button", name="Make one now").click()
    backup = place.locator("[data-backup]")
    expect(backup).to_have_count(1)
    expect(backup).to_contain_text("asked for")
    place.get_by_role("radio", name="Bright sun").check()
    place.wait_for_selector('html[data-theme="sun"]')
    backup.get_by_role("button", name="Put back…").click()
    expect(backup).to_contain_text("replaced-")
    backup.get_by_role("button", name="Leave it").click()
    backup.get_by_role("button", name="Put back…").click()
    backup.get_by_role("button", name="Put it back", exact=True).click()
    place.wait_for_selector('html[data-ready="true"][data-theme="system"]', timeout=60_000, state="attached")
    assert list(lasting_app.data_dir.glob("replaced-*"))


def test_how_it_ended_is_offered_once(data_dir: Path, context: BrowserContext) -> None:
    try:
        raise RuntimeError("the floor gave way")
    except RuntimeError as error:
        (data_dir / "logs").mkdir(exist_ok=True)
        CrashReports(data_dir / "logs", SystemClock()).write("ended", error)
    with running(data_dir) as app:
        page = open_page(app, context)
        line = page.locator("whimbrel-crash-line")
        expect(line).to_contain_text("Whimbrel ended unexpectedly last time.")
        line.get_by_role("button", name="Show report").press("Enter")
        expect(line.locator(".shown-file")).to_contain_text("RuntimeError: the floor gave way")
        expect(line.locator(".shown-file")).to_contain_text("== What the doctor finds ==")
        page.keyboard.press("Escape")
        expect(line.locator(".shown-file")).to_have_count(0)
        line.get_by_role("button", name="Dismiss").press("Enter")
        expect(line.locator("p")).to_have_count(0)
        page.reload()
        wait_ready(page)
        expect(page.locator("whimbrel-crash-line")).to_have_count(0)
