"""A real pywebview window on a virtual screen, driven through Qt's remote debugging."""

from __future__ import annotations

import csv
import io
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, wait_finished, wait_ready
from playwright.sync_api import Locator, Playwright, expect
from running import ROOT, SHARED
from screen import screen, skip_without_window
from windowed import CLI, Windowed, opened

from desktop.window import why_no_window

pytestmark = [pytest.mark.window]


@pytest.fixture(scope="module")
def display() -> Iterator[dict[str, str]]:
    skip_without_window()
    with screen() as environment:
        yield environment


@pytest.fixture
def windowed(
    data_dir: Path, tmp_path: Path, display: dict[str, str], playwright: Playwright
) -> Iterator[Windowed]:
    with opened(data_dir, playwright, display, tmp_path / "Downloads") as window:
        yield window


def test_the_page_recognises_a_picture_in_the_window(windowed: Windowed, tmp_path: Path) -> None:
    page = windowed.page
    wait_ready(page)
    assert page.title().startswith("Whimbrel")
    hen = SHARED / "images" / "imagenet-sample" / "0008_hen.jpg"
    picture = hen if hen.is_file() else generated_pictures(tmp_path / "pictures", 1)[0]
    drop(page, [picture])
    wait_finished(page, [picture.name])
    result = page.locator(f'[data-picture="{picture.name}"]').first
    assert result.get_attribute("data-state") == "done"
    assert (
        result.get_attribute("data-label") == "hen" if hen.is_file() else result.get_attribute("data-label")
    )
    assert page.evaluate("typeof window.pywebview?.api?.constructor") in ("undefined", "function")


def test_what_the_page_saves_is_in_the_downloads_beside_what_was_there(
    windowed: Windowed, tmp_path: Path
) -> None:
    page, downloads = windowed.page, windowed.downloads
    wait_ready(page)
    pictures = generated_pictures(tmp_path / "pictures", 2)
    drop(page, pictures)
    wait_finished(page, [picture.name for picture in pictures])
    downloads.mkdir()
    (downloads / "whimbrel-answers.csv").write_text("of another day")
    answers = save_answers(page)
    expect(answers).to_contain_text("Saved as whimbrel-answers (2).csv in Downloads.")
    files = {path.name: path.read_text(encoding="utf-8-sig") for path in downloads.iterdir()}
    assert files.keys() == {"whimbrel-answers.csv", "whimbrel-answers (2).csv"}
    assert files["whimbrel-answers.csv"] == "of another day"
    rows = list(csv.DictReader(io.StringIO(files["whimbrel-answers (2).csv"])))
    assert sum(int(row["answers"]) for row in rows) == len(pictures)

    shutil.rmtree(downloads)
    downloads.write_text("a file where the folder should be")
    answers.get_by_role("button", name="Save as CSV").click()
    expect(answers).to_contain_text(f"The file could not be saved in {downloads} (File exists).")


def save_answers(page: Page) -> Locator:
    """Saves the table behind the chart of the answers; returns where that is said."""
    page.get_by_role("link", name="Performance").click()
    expect(page.locator("[data-figure=answers]")).to_have_attribute("data-value", "2", timeout=15_000)
    answers = page.locator("[data-section=answers] whimbrel-data")
    answers.locator("summary").click()
    answers.get_by_role("button", name="Save as CSV").click()
    return answers


def test_a_second_start_hands_over_its_pictures_and_a_signal_closes_the_window(
    windowed: Windowed, data_dir: Path, tmp_path: Path
) -> None:
    wait_ready(windowed.page)
    pictures = generated_pictures(tmp_path / "field day", 2)
    second = subprocess.run(
        [*CLI, "run", "--data-dir", str(data_dir), str(tmp_path / "field day")],
        cwd=ROOT,
        env=windowed.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == "Whimbrel is already running on this data folder; its window is in front now.\n"
    wait_finished(windowed.page, [picture.name for picture in pictures])
    windowed.process.send_signal(signal.SIGTERM)
    assert windowed.process.wait(timeout=30) == 0
    assert not (data_dir / "memory-open").exists(), "the memory was not closed"
    kept = {path.name for path in (data_dir / "window").iterdir()}
    assert {"IndexedDB", "Service Worker"} <= kept, "the page's storage is not kept in the data folder"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
def test_without_a_display_it_says_so() -> None:
    assert why_no_window({}) == "there is no display here"


def test_root_without_the_test_settings_gets_the_browser(display: dict[str, str]) -> None:
    import os

    if os.geteuid() != 0:
        pytest.skip("Only root is refused.")
    bare = {"DISPLAY": display["DISPLAY"]}
    assert why_no_window(bare) == "Qt's browser does not run as root"
    assert why_no_window(display) is None


def test_the_doctor_starts_the_windows_browser(display: dict[str, str], tmp_path: Path) -> None:
    command = [*CLI, "doctor", "--data-dir", str(tmp_path / "data")]
    done = subprocess.run(command, cwd=ROOT, env=display, capture_output=True, text=True, check=False)
    assert re.search(r"^ok +A window can be opened: Qt [0-9.]+ with Chromium [0-9.]+$", done.stdout, re.M)
    assert re.search(r"^ok +WebGL is (drawn|computed)", done.stdout, re.M), done.stdout
    broken = {**display, "QTWEBENGINEPROCESS_PATH": "/bin/false"}
    done = subprocess.run(command, cwd=ROOT, env=broken, capture_output=True, text=True, check=False)
    assert "problem  The window's browser does not start here" in done.stdout
