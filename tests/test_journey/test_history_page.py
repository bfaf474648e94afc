"""History in a real Chromium on the real server: a long list, filters by the address, marks, and exports."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Page, wait_saved
from past_pictures import OF_NEWER_VERSION, fill_past
from playwright.sync_api import BrowserContext, expect
from running import Whimbrel, running

pytestmark = pytest.mark.browser

COUNT = 2_000
ROW = ".past-row"
NEWER = "efficientnet-lite0-9f8e7d6c"


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program saves exports, as XDG says it."""
    folder = tmp_path / "Downloads"
    folder.mkdir()
    monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(folder))
    return folder


@pytest.fixture
def past(data_dir: Path, downloads: Path) -> Iterator[Whimbrel]:
    """A server whose memory has a long past."""
    fill_past(data_dir, COUNT)
    with running(data_dir) as whimbrel:
        yield whimbrel


@pytest.fixture
def complaints() -> list[str]:
    """What the page wrote to its console as an error, among it every breach of its policy."""
    return []


@pytest.fixture
def history(past: Whimbrel, context: BrowserContext, complaints: list[str]) -> Page:
    """The History place of a memory that the test may change, entered by the link."""
    return entered(past.link, context, complaints)


@pytest.fixture(scope="module")
def lasting_past(lasting_data_dir: Path, built: None) -> Iterator[Whimbrel]:
    """A server with the same past, for the tests that only look."""
    fill_past(lasting_data_dir, COUNT)
    with running(lasting_data_dir) as whimbrel:
        yield whimbrel


@pytest.fixture(scope="module")
def let_in(lasting_past: Whimbrel, lasting_context: BrowserContext) -> str:
    """Its address, after the link was used."""
    entered(lasting_past.link, lasting_context, []).close()
    return lasting_past.origin


@pytest.fixture
def looked_at(let_in: str, lasting_context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """The History place of that past."""
    page = entered(let_in, lasting_context, complaints)
    yield page
    page.close()


def entered(address: str, context: BrowserContext, complaints: list[str]) -> Page:
    """A new page at the History place; what it complains of is taken down."""
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector(".bar")
    go(page, "")
    page.wait_for_selector(ROW)
    return page


def go(page: Page, query: str) -> None:
    page.evaluate("query => { location.hash = `#/history${query && '?'}${query}`; }", query)


def says(page: Page, sentence: str | re.Pattern[str]) -> None:
    expect(page.locator(".past-sentence")).to_have_text(sentence, timeout=20_000)


def test_a_memory_with_nothing_in_it_has_nothing_to_filter_or_export(
    app: Whimbrel, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(app.link)
    page.wait_for_selector(".bar")
    go(page, "")
    expect(page.get_by_text("Nothing has been recognised yet.")).to_be_visible()
    says(page, "History")
    expect(page.locator("whimbrel-past-filters, .past-export")).to_have_count(0)
    go(page, "label=unicorn")
    says(page, "No answers of unicorn")
    expect(page.locator("whimbrel-past-filters")).to_be_visible()
    expect(page.locator(".past-export")).to_have_count(0)


def test_two_thousand_pictures_scroll_and_few_are_drawn(looked_at: Page, complaints: list[str]) -> None:
    says(looked_at, "The newest 200 answers")
    drawn = []
    while f"IMG_{COUNT:04}.JPG" not in looked_at.locator(ROW).last.inner_text():
        looked_at.locator(".past-rows").evaluate("rows => { rows.scrollTop = rows.scrollHeight; }")
        looked_at.wait_for_timeout(50)
        drawn.append(looked_at.locator(ROW).count())
    assert max(drawn) < 80
    says(looked_at, f"{COUNT:,} answers")
    shown = looked_at.locator(f"{ROW} img").first
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    assert complaints == []


def test_a_link_lands_on_exactly_its_records(looked_at: Page) -> None:
    go(looked_at, f"modelVersion={NEWER}&slowerThan=300&timedStage=total")
    says(looked_at, f"{OF_NEWER_VERSION // 50} answers by {NEWER} slower than 300 ms")
    go(looked_at, "mark=wrong&corrected=true&label=raccoon%20dog&backend=wasm")
    says(looked_at, re.compile(r"^\d+ answers of raccoon dog on WASM that you corrected and called wrong$"))
    go(looked_at, "kind=event")
    says(looked_at, "5 events")
    assert looked_at.locator(".past-export").count() == 0
    go(looked_at, "label=unicorn")
    says(looked_at, "No answers of unicorn")
    looked_at.get_by_role("link", name="Show all").click()
    says(looked_at, "The newest 200 answers")


def test_controls_change_the_address_and_back_undoes_them(looked_at: Page) -> None:
    looked_at.locator("select[name=mark]").select_option("unsure")
    looked_at.locator("input[name=label]").fill("red fox")
    looked_at.locator("input[name=label]").press("Tab")
    says(looked_at, re.compile(r"answers of red fox that you didn't know$"))
    assert "mark=unsure" in looked_at.url
    assert "label=red+fox" in looked_at.url
    looked_at.go_back()
    says(looked_at, re.compile(r"answers that you didn't know$"))
    assert looked_at.locator("input[name=label]").input_value() == ""
    assert looked_at.locator("select[name=mark]").input_value() == "unsure"


def test_by_keyboard_alone_a_picture_is_opened_marked_and_undone(
    history: Page, past: Whimbrel, complaints: list[str]
) -> None:
    before = len(past.rows("SELECT 1 FROM feedback"))
    history.keyboard.press("ArrowDown")
    history.keyboard.press("ArrowDown")
    history.keyboard.press("Enter")
    panel = history.locator("whimbrel-past-panel")
    expect(panel.locator("h2").first).to_have_text("IMG_0002.JPG")
    history.keyboard.press("u")
    row = history.locator(ROW).nth(1)
    expect(row).to_contain_text("don't know")
    expect(panel).to_contain_text("Marked: you don't know")
    records = wait_saved(history, past, "feedback", before + 1)
    expect(panel.locator(".past-said li")).to_have_count(1, timeout=20_000)
    assert records[-1]["userFeedback"]["isCorrect"] is None
    history.keyboard.press("w")
    history.keyboard.type("my own heron")
    history.keyboard.press("Enter")
    expect(row).to_contain_text("my own heron")
    history.keyboard.press("Control+z")
    expect(row).to_contain_text("don't know")
    history.keyboard.press("ArrowDown")
    expect(panel.locator("h2").first).to_have_text("IMG_0003.JPG")
    history.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    wait_saved(history, past, "feedback", before + 3)
    go(history, "mark=unsure&fileName=IMG_0002")
    says(history, "1 answer that you didn't know with “IMG_0002” in the name")
    assert complaints == []


def test_the_panel_tells_all_and_covers_no_picture(looked_at: Page) -> None:
    looked_at.locator(ROW).nth(9).click()
    panel = looked_at.locator(".past-panel")
    expect(panel).to_contain_text("2026-11-20 08:15")
    expect(panel).to_contain_text("raccoon dog")
    panel.get_by_text("As it is stored").click()
    expect(panel.locator("pre")).to_contain_text('"modelVersion"')
    left = panel.bounding_box()
    assert left is not None
    for number in range(5):
        box = looked_at.locator(f"{ROW} .past-picture").nth(number).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= left["x"]


def test_an_export_with_the_filters_that_are_set(
    history: Page, downloads: Path, complaints: list[str]
) -> None:
    go(history, f"modelVersion={NEWER}&mark=wrong")
    says(history, re.compile("wrong$"))
    history.get_by_role("button", name="Export…").click()
    expect(history.locator(".export-amount")).to_have_text("20 answers, done in a moment.")
    history.get_by_role("button", name="Save in Downloads").click()
    expect(history.locator(".export-line")).to_contain_text(
        "Saved as whimbrel-training-data-", timeout=20_000
    )
    expect(history.locator(".export-line")).to_contain_text("in Downloads (20 answers).")
    [saved] = downloads.iterdir()
    lines = list(csv.DictReader(saved.read_text(encoding="utf-8-sig").splitlines()))
    assert {line["label"] for line in lines} == {"raccoon dog"}
    history.get_by_role("button", name="Put away").click()
    expect(history.locator(".export-line")).to_have_count(0)
    assert complaints == []


def test_an_export_is_cancelled_from_the_page(history: Page, downloads: Path) -> None:
    """Eight wait for each other, so that the last one is still there to be cancelled."""
    asked = "fetch('/api/exports', {method: 'POST', headers: {'Content-Type': 'application/json'}, body})"
    start = (
        f"async body => {{ const ids = []; for (let at = 0; at < 8; at += 1) "
        f"ids.push((await (await {asked}).json()).id); return ids; }}"
    )
    started: list[str] = history.evaluate(start, '{"format": "tfrecord", "gzip": true}')
    last = history.locator(f".export-line[data-job='{started[-1]}']")
    last.get_by_role("button", name="Cancel").click()
    expect(last).to_have_count(0, timeout=20_000)
    expect(history.locator(".export-line[data-state=done]")).to_have_count(7, timeout=60_000)
    assert len(list(downloads.iterdir())) == 7


def test_narrow(looked_at: Page) -> None:
    looked_at.set_viewport_size({"width": 360, "height": 740})
    looked_at.locator(ROW).first.click()
    panel = looked_at.locator("whimbrel-past-panel")
    expect(panel.locator("h2").first).to_be_visible()
    assert looked_at.evaluate("document.documentElement.scrollWidth") <= 360
    looked_at.get_by_role("button", name="Close").click()
    expect(looked_at.locator(ROW).first).to_be_visible()
    assert looked_at.evaluate("document.querySelector('.past-rows').scrollWidth") <= 360


def test_a_server_that_goes_away_is_said(history: Page, past: Whimbrel) -> None:
    past.stop()
    go(history, "backend=wasm")
    expect(history.get_by_role("alert").filter(has_text="not answering")).to_be_visible(timeout=20_000)
