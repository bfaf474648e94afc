"""A real server on a data folder with the starter in it, and a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driving import Page, open_page
from first_steps import take_first_steps
from measured_here import keep_figures
from playwright.sync_api import Browser, BrowserContext, Playwright
from running import CHROMIUM, HEADLESS, QUIET_CHROMIUM, ROOT, SHARED, SOFTWARE_WEBGL, Whimbrel, running
from team_device import Say, sayer


@pytest.fixture(scope="session")
def prepared_data(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and the page has measured this machine's backends and taken its first steps before."""
    take_first_steps(prepared_data)
    base = tmp_path_factory.getbasetemp()
    if HEADLESS is not None:
        keep_figures(prepared_data, base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
    return prepared_data


@pytest.fixture(scope="session")
def built() -> None:
    """The page is there to be served."""
    if not (ROOT / "webui" / "static" / "index.html").exists():
        pytest.fail("The page is not built: run `python3 build_scripts/dev.py setup` first.")


@pytest.fixture
def app(data_dir: Path, built: None) -> Iterator[Whimbrel]:
    """A running Whimbrel on its own data folder."""
    with running(data_dir) as whimbrel:
        yield whimbrel


@pytest.fixture(scope="module")
def lasting_app(lasting_data_dir: Path, built: None) -> Iterator[Whimbrel]:
    """One for all tests of a file that leave nothing that another of them would see."""
    with running(lasting_data_dir) as whimbrel:
        yield whimbrel


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A real headless Chromium without a GPU, as on the machines that run these tests."""
    if HEADLESS is None:
        pytest.skip("Chromium is not installed: `apt-get install chromium` (or run dev.py test as root).")
    chromium = playwright.chromium.launch(executable_path=HEADLESS, args=QUIET_CHROMIUM + SOFTWARE_WEBGL)
    yield chromium
    chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile for one test."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 800})
    yield fresh
    fresh.close()


@pytest.fixture(scope="module")
def lasting_context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests of a file."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 800})
    yield fresh
    fresh.close()


@pytest.fixture
def page(app: Whimbrel, context: BrowserContext) -> Page:
    """The page, entered by the one-use link and warm."""
    return open_page(app, context)


@pytest.fixture(scope="module")
def lasting_page(lasting_app: Whimbrel, lasting_context: BrowserContext) -> Page:
    """One warm page for all tests of a file whose pictures don't meet."""
    return open_page(lasting_app, lasting_context)


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


@pytest.fixture
def whimbrel(capsys: pytest.CaptureFixture[str]) -> Say:
    """What a command prints. Commands are carried out in this process; what they work on runs in others."""
    return sayer(capsys)
