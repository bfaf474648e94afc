"""A folder that is opened by its path: through kills and reloads no picture is lost and none is twice."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import Page, generated_pictures, open_page, payloads, wait_until
from full_length import AT_FULL_LENGTH, length
from odd_folder import CANNOT_BE_READ, LEFT_OUT, drawn_jpegs, fill
from playwright.sync_api import BrowserContext, expect
from running import Whimbrel

pytestmark = pytest.mark.browser
LONG_MS = length(120_000, 1_800_000)


def open_folder(page: Page, *paths: Path) -> None:
    """As the window does after its dialog."""
    body = {"paths": list(map(str, paths))}
    sent = page.request.post(
        f"{page.url.partition('#')[0]}api/queue",
        data=body,
        headers={"Origin": page.evaluate("location.origin")},
    )
    assert sent.status == 202, sent.text()


def wait_job(page: Page, asked: str, timeout_ms: int = LONG_MS) -> dict[str, Any]:
    """The first job, once an expression over it (`job`) holds."""
    found: dict[str, Any] = wait_until(
        page,
        f"""async () => {{
            const answer = await fetch('/api/queue').catch(() => null);
            const [job] = answer?.ok ? (await answer.json()).jobs : [];
            return job && ({asked}) ? job : null;
        }}""",
        timeout_ms=timeout_ms,
    )
    return found


def names_of(app: Whimbrel) -> Counter[str]:
    """How many answers there are of each file."""
    return Counter(record["picture"]["fileName"] for record in payloads(app, "inference"))


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, set[str]]:
    """Drawn pictures in the usual run, 2,000 photographs at full length, and the odd ones among them."""
    if AT_FULL_LENGTH:
        base = request.getfixturevalue("photographs")(60)
    else:
        base = drawn_jpegs(tmp_path / "base", generated_pictures(tmp_path / "drawn", 6))
    place = tmp_path / "Photos 2024 Zürich"
    return place, fill(place, base, length(80, 2000), huge=AT_FULL_LENGTH)


def test_a_folder_is_gone_on_with_after_kills_and_a_reload_and_nothing_is_lost_or_doubled(
    app: Whimbrel, persistent: Callable[[], BrowserContext], folder: tuple[Path, set[str]]
) -> None:
    place, wanted = folder
    context = persistent()
    page = open_page(app, context)
    open_folder(page, place)
    line = page.locator(".folder-line")
    expect(line).to_contain_text("Photos 2024 Zürich")
    wait_job(page, "job.counts.done > 3")
    app.stop(signal.SIGKILL)
    app.start()
    page.reload()
    expect(page.locator(".folder-note")).to_contain_text("goes on where it stopped")
    wait_job(page, "job.counts.done > 40")
    app.stop(signal.SIGKILL)
    app.start()
    job = wait_job(page, "job.state === 'done'")
    assert (job["counts"]["done"], job["counts"]["failed"]) == (len(wanted), len(CANNOT_BE_READ))
    assert {name: count for name, count in job["leftOut"].items() if count} == LEFT_OUT
    assert names_of(app) == Counter(wanted)
    record = next(one for one in payloads(app, "inference") if one["picture"]["fileName"] == "IMG_00002.jpg")
    assert (record["source"], record["picture"]["path"]) == ("folder", str(place / "IMG_00002.jpg"))
    expect(line).to_have_attribute("data-state", "done")
    page.get_by_role("button", name="4 files not readable").click()
    shown = page.locator("whimbrel-failed li b")
    expect(shown).to_have_count(len(CANNOT_BE_READ))
    assert set(shown.all_inner_texts()) == CANNOT_BE_READ
    context.close()


def test_a_folder_is_paused_gone_on_with_cancelled_and_closed(page: Page, tmp_path: Path) -> None:
    base = drawn_jpegs(tmp_path / "base", generated_pictures(tmp_path / "drawn", 4))
    fill(tmp_path / "many", base, 400)
    open_folder(page, tmp_path / "many")
    line = page.locator(".folder-line")
    page.get_by_role("button", name="Pause").click()
    expect(line).to_contain_text("Paused at")
    paused = wait_job(page, "job.state === 'paused'")
    page.get_by_role("button", name="Resume").click()
    wait_job(page, f"job.counts.done > {paused['counts']['done']}")
    page.get_by_role("button", name="Cancel").click()
    expect(line).to_contain_text("Cancelled after")
    page.get_by_role("button", name="Close").click()
    expect(line).to_have_count(0)
