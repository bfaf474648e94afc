"""A real server on a data folder with the starter in it, and a real Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driving import Page, open_page
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from running import CHROMIUM, QUIET_CHROMIUM, ROOT, SHARED, SOFTWARE_WEBGL, Whimbrel, running


@pytest.fixture(scope="session")
def prepared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the starter is set up and nothing is recorded yet."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    command = [sys.executable, "-m", "desktop.cli", "models", "fetch", "starter", "--data-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def data_dir(prepared_data: Path, tmp_path: Path) -> Path:
    """A copy of the prepared data folder for one test."""
    folder = tmp_path / "data"
    shutil.copytree(prepared_data, folder)
    return folder


@pytest.fixture
def app(data_dir: Path) -> Iterator[Whimbrel]:
    """A running Whimbrel on its own data folder."""
    if not (ROOT / "webui" / "static" / "index.html").exists():
        pytest.fail("The page is not built: run `python3 build_scripts/dev.py setup` first.")
    with running(data_dir) as whimbrel:
        yield whimbrel


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver, once a session."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: `apt-get install chromium` (or run dev.py test as root).")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A real headless Chromium without a GPU, as on the machines that run these tests."""
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET_CHROMIUM + SOFTWARE_WEBGL)
    yield chromium
    chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile for one test."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 800})
    yield fresh
    fresh.close()


@pytest.fixture
def page(app: Whimbrel, context: BrowserContext) -> Page:
    """The page, entered by the one-use link and warm."""
    return open_page(app, context)


@pytest.fixture
def photographs() -> Callable[[int], list[Path]]:
    """The first n real photographs, spread over the classes; skips where the shared folder is missing."""
    folder = SHARED / "images" / "imagenet-sample"
    if not folder.is_dir():
        pytest.skip(f"Real photographs are not here ({folder}); the tests on generated pictures still run.")
    files = sorted(folder.glob("*.jpg"))

    def pick(count: int) -> list[Path]:
        step = max(1, len(files) // count)
        return files[::step][:count]

    return pick


@pytest.fixture
def persistent(playwright: Playwright, tmp_path: Path) -> Callable[[], BrowserContext]:
    """Starts (again) a browser on the same profile, as a user who closes and opens it."""

    def start() -> BrowserContext:
        return playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=CHROMIUM,
            args=QUIET_CHROMIUM + SOFTWARE_WEBGL,
            viewport={"width": 1280, "height": 800},
        )

    return start
