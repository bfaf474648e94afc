"""A page that was open before opens without its server, with the model that was at work, and recognises."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import answers, drop, generated_pictures, open_page, wait_finished, wait_ready, wait_until
from playwright.sync_api import BrowserContext
from running import Whimbrel

pytestmark = pytest.mark.browser


def test_the_page_opens_and_recognises_without_its_server(
    app: Whimbrel, context: BrowserContext, tmp_path: Path
) -> None:
    page = open_page(app, context)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.reload()
    wait_ready(page)
    wait_until(
        page,
        """async () => {
               const kept = await (await caches.open('whimbrel-models')).keys();
               return kept.some(({url}) => url.endsWith('.bin'));
           }""",
    )
    app.stop()
    page.reload()
    wait_ready(page)
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    assert answers(page)[file.name]["state"] == "done"
