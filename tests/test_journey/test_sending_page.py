"""The Sending place: an exact preview, consent, a code, accounts, what was rejected, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from driving import Page, drop, generated_pictures, wait_finished, wait_saved
from paper_collector import PaperCollector, paper_server
from playwright.sync_api import Locator, expect
from running import Whimbrel

from store import enrolment_code
from store.protocol import EVENTS
from store.sync.verdict import Response

pytestmark = pytest.mark.browser


@pytest.fixture
def collector() -> PaperCollector:
    return PaperCollector()


@pytest.fixture
def address(collector: PaperCollector) -> Iterator[str]:
    with paper_server(collector) as (port, _):
        yield f"http://127.0.0.1:{port}"


def refuse_the_first(collector: PaperCollector, path: str, body: bytes, token: str | None) -> Response:
    """Refuses one record until somebody decides otherwise; other requests than batches do not count."""
    if path != EVENTS:
        collector.harms.insert(0, refuse_the_first)
        return collector.handle(path, body, token)
    collector.refused[msgspec.json.decode(body)["events"][0]["event_id"]] = "malformed"
    return collector.handle(path, body, token)


def test_nothing_leaves_before_it_was_seen_and_agreed_to_and_all_adds_up(
    page: Page, app: Whimbrel, tmp_path: Path, collector: PaperCollector, address: str
) -> None:
    files = generated_pictures(tmp_path / "drawn", 3)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    wait_saved(page, app, "inference", 3)
    bar, place = page.locator(".bar-state"), page.locator("whimbrel-sending")
    bar.get_by_role("link", name="on this computer").click()
    expect(place.get_by_role("status").first).to_contain_text("Everything stays on this computer.")
    expect(place.locator(".equation")).to_contain_text("0 accepted")

    place.get_by_text("See exactly what would go next").click()
    exactly = place.locator(".exactly pre")
    expect(exactly).to_contain_text('"fileName": ""')
    place.get_by_role("switch", name="File names").check()
    expect(exactly).to_contain_text(files[0].name)
    place.get_by_role("button", name="Agree, and send this from now on").click()
    expect(place).to_contain_text("You agreed to this on")
    assert not collector.bodies

    collector.harms = [refuse_the_first]
    place.get_by_label("Address").fill(address)
    place.get_by_label("Code").fill("K7QF")
    place.get_by_role("button", name="Connect").click()
    expect(place.get_by_role("alert")).to_contain_text("This is not an enrolment code.")
    place.get_by_label("Code").fill(enrolment_code.make().text.lower())
    place.get_by_role("button", name="Connect").click()
    expect(bar).to_contain_text("all is sent")
    expect(place).to_contain_text(f"This device belongs to {address}")

    rejected = place.locator("whimbrel-rejected")
    expect(rejected.locator("tbody tr")).to_have_count(1)
    expect(rejected).to_contain_text("The collector cannot read it.")
    expect(place.locator(".equation")).to_contain_text("1 rejected")
    assert len(collector.kept) == _recorded(place) - 1
    with page.expect_download() as saved:
        rejected.get_by_role("link", name="Save all as a file").click()
    assert len(msgspec.json.decode(saved.value.path().read_bytes())["records"]) == 1
    collector.refused.clear()
    rejected.get_by_role("button", name="Send all again").click()
    expect(rejected).to_have_count(0)
    expect(place.locator(".equation")).to_contain_text("0 waiting + 0 rejected")
    assert len(collector.kept) == _recorded(place)

    _pause_and_take_back(place, bar)
    assert collector.heard.wait(20)
    assert [one.scope for one in collector.withdrawn] == ["all"]
    _disconnect(place)


def _pause_and_take_back(place: Locator, bar: Locator) -> None:
    place.get_by_role("button", name="Pause").click()
    expect(bar).to_contain_text("sending is paused")
    place.get_by_role("button", name="Go on sending").click()
    expect(bar).to_contain_text("all is sent")

    place.get_by_role("button", name="Take back everything").click()
    expect(place.get_by_role("group", name="Take it back?")).to_contain_text("This can't be undone.")
    place.get_by_role("button", name="Take back everything").click()
    expect(place).to_contain_text("You took it back; nothing leaves this computer any more.")
    expect(place).not_to_contain_text("has yet to hear")


def _disconnect(place: Locator) -> None:
    place.get_by_role("button", name="Disconnect").click()
    place.get_by_role("button", name="Disconnect").click()
    expect(place.get_by_label("Address")).to_be_visible()


def _recorded(place: Locator) -> int:
    text = place.locator(".accounts .sum .number").inner_text()
    return int(text.replace(",", ""))
