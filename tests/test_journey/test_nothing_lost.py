"""Servers that go away, browsers that are closed, and a cut network: every record is there once."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import (
    Page,
    answers,
    drop,
    generated_pictures,
    open_page,
    payloads,
    wait_finished,
    wait_ready,
    wait_saved,
)
from playwright.sync_api import BrowserContext, expect
from running import Whimbrel

pytestmark = pytest.mark.browser


def _stored_names(app: Whimbrel) -> list[str]:
    return sorted(record["picture"]["fileName"] for record in payloads(app, "inference"))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_goes_away_under_an_open_page(
    page: Page, app: Whimbrel, tmp_path: Path, how: signal.Signals
) -> None:
    files = generated_pictures(tmp_path / "drawn", 30)
    drop(page, files[:15])
    wait_finished(page, [file.name for file in files[:15]])
    port = app.port
    app.stop(how)
    drop(page, files[15:])
    wait_finished(page, [file.name for file in files])
    app.start()
    assert app.port == port
    wait_saved(page, app, "inference", 30, timeout_ms=60_000, hurry=False)
    assert _stored_names(app) == sorted(file.name for file in files)


def test_the_browser_is_closed_at_once_after_the_last_picture(
    app: Whimbrel, persistent: Callable[[], BrowserContext], tmp_path: Path
) -> None:
    files = generated_pictures(tmp_path / "drawn", 10)
    first = persistent()
    page = open_page(app, first)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    first.close()
    second = persistent()
    page = second.new_page()
    page.goto(app.origin)
    wait_ready(page)
    wait_saved(page, app, "inference", 10, hurry=False)
    page.wait_for_function("names => document.querySelectorAll('[data-picture]').length >= names", arg=10)
    assert _stored_names(app) == sorted(file.name for file in files)
    second.close()


@pytest.mark.parametrize("sent_before", [0, 5])
def test_the_server_is_killed_and_the_browser_closed_with_records_that_were_never_sent(
    app: Whimbrel, persistent: Callable[[], BrowserContext], tmp_path: Path, sent_before: int
) -> None:
    """Only the browser's own storage has them then; the next visit hands them in, and none twice."""
    files = generated_pictures(tmp_path / "drawn", 8 + sent_before)
    first = persistent()
    page = open_page(app, first)
    if sent_before:
        drop(page, files[:sent_before])
        wait_saved(page, app, "inference", sent_before, timeout_ms=60_000)
    app.stop(signal.SIGKILL)
    drop(page, files[sent_before:])
    wait_finished(page, [file.name for file in files[sent_before:]])
    first.close()
    app.start()
    assert len(payloads(app, "inference")) == sent_before
    second = persistent()
    page = second.new_page()
    page.goto(app.origin)
    wait_saved(page, app, "inference", len(files), timeout_ms=60_000, hurry=False)
    assert _stored_names(app) == sorted(file.name for file in files)
    second.close()


def test_a_reload_works_with_the_model_route_cut_off(
    app: Whimbrel, persistent: Callable[[], BrowserContext], tmp_path: Path
) -> None:
    context = persistent()
    page = open_page(app, context)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    wait_ready(page)
    context.route("**/models/**", lambda route: route.abort())
    page.reload()
    wait_ready(page)
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    assert answers(page)[file.name]["state"] == "done"
    context.close()


def test_the_page_opens_and_recognises_while_the_server_is_down(
    app: Whimbrel, persistent: Callable[[], BrowserContext], tmp_path: Path
) -> None:
    context = persistent()
    page = open_page(app, context)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    wait_ready(page)
    app.stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{app.origin}/readyz", timeout=2)
    page.reload()
    wait_ready(page)
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    for place in ("History", "Performance"):
        page.get_by_role("link", name=place).click()
        expect(page.locator(f"whimbrel-{place.lower()} .problem")).to_be_visible()
    app.start()
    wait_saved(page, app, "inference", 1, timeout_ms=60_000, hurry=False)
    assert _stored_names(app) == [file.name]
    context.close()
