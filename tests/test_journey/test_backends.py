"""Which backend is at work: chosen by figures, changed when a context is lost, and never leaking a tensor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Page, answers, drop, generated_pictures, open_page, wait_finished, wait_saved
from full_length import length
from playwright.sync_api import Browser, BrowserContext, FilePayload, Playwright
from running import CHROMIUM, QUIET_CHROMIUM, Whimbrel

pytestmark = pytest.mark.browser
ROUNDS = length(5, 75)  # of forty pictures


def _prefer(page: Page, backend: str) -> None:
    answer = page.evaluate(
        """backend => fetch('/api/settings', {method: 'PATCH', headers: {'Content-Type': 'application/json'},
                                             body: JSON.stringify({backend})}).then(reply => reply.status)""",
        backend,
    )
    assert answer == 200


@pytest.fixture
def no_webgl(playwright: Playwright) -> Iterator[BrowserContext]:
    """A Chromium in which every way to WebGL is switched off."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*QUIET_CHROMIUM, "--disable-3d-apis", "--disable-software-rasterizer"]
    )
    yield browser.new_context()
    browser.close()


def test_without_webgl_the_page_works_on_wasm(
    app: Whimbrel, no_webgl: BrowserContext, tmp_path: Path
) -> None:
    page = open_page(app, no_webgl)
    assert page.evaluate("document.createElement('canvas').getContext('webgl2')") is None
    assert page.evaluate("document.documentElement.dataset.backend") == "wasm"
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    assert answers(page)[file.name]["state"] == "done"


def test_a_lost_context_falls_over_to_wasm_and_the_picture_is_done_again(
    app: Whimbrel, browser: Browser, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    _prefer(page, "webgl")
    page.close()
    page = open_page(app, context)
    page.wait_for_selector('html[data-backend="webgl"]', timeout=60_000, state="attached")
    files = generated_pictures(tmp_path / "drawn", 12)
    drop(page, files)
    wait_finished(page, [files[0].name], each_ms=60_000)
    browser.new_browser_cdp_session().send("Browser.crashGpuProcess")
    wait_finished(page, [file.name for file in files], each_ms=90_000)
    assert {answers(page)[file.name]["state"] for file in files} == {"done"}
    assert page.evaluate("document.documentElement.dataset.backend") == "wasm"
    events = wait_saved(page, app, "event", 1)
    assert "context-lost" in {event["code"] for event in events}
    assert len(wait_saved(page, app, "inference", 12)) == 12


def test_a_worker_that_never_answers_is_replaced_and_its_picture_done_again(
    page: Page, tmp_path: Path
) -> None:
    page.clock.install()
    page.workers[0].evaluate("() => void setTimeout(() => { for (;;); }, 0)")
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    page.wait_for_selector(f'[data-picture="{file.name}"][data-state="working"]', state="attached")
    page.clock.fast_forward(181_000)
    wait_finished(page, [file.name])
    assert answers(page)[file.name]["state"] == "done"


def _tensor_counts(page: Page, app: Whimbrel, files: list[Path], rounds: int, each_ms: int) -> list[int]:
    for turn in range(rounds):
        names = [f"{turn:03}_{file.name}" for file in files]
        page.set_input_files(
            "input[type=file][multiple]",
            [
                FilePayload(name=name, mimeType="image/png", buffer=file.read_bytes())
                for name, file in zip(names, files, strict=True)
            ],
        )
        wait_finished(page, names, each_ms=each_ms)
    records = wait_saved(page, app, "inference", rounds * len(files))
    return [record["memoryUsage"]["numTensors"] for record in records]


@pytest.mark.timeout(3600)
def test_hundreds_of_inferences_on_wasm_leak_no_tensor(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    counts = _tensor_counts(page, app, generated_pictures(tmp_path / "drawn", 40), ROUNDS, 60_000)
    assert len(counts) == 40 * ROUNDS
    assert len(set(counts[100:])) == 1, sorted(set(counts))


def test_inferences_on_webgl_leak_no_tensor(
    app: Whimbrel, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    _prefer(page, "webgl")
    page.close()
    page = open_page(app, context)
    page.wait_for_selector('html[data-backend="webgl"]', timeout=60_000, state="attached")
    counts = _tensor_counts(page, app, generated_pictures(tmp_path / "drawn", 8), length(2, 20), 120_000)
    assert len(set(counts[8:])) == 1, sorted(set(counts))
