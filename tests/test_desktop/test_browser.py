"""The system's browser: opened where there is a display, quiet on our standard output, never without one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import CLI
from running import ROOT

from desktop.browser import open_browser

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="uses $BROWSER and a pipe")


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A pipe into which the browser below writes the address that it was given."""
    pipe = tmp_path / "told"
    os.mkfifo(pipe)
    return pipe


@pytest.fixture
def environment(tmp_path: Path, told: Path) -> dict[str, str]:
    """A display that nobody looks at, and a browser that writes on its standard output as real ones do."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "Opening in existing browser session."\necho "$1" >{told}\n')
    browser.chmod(0o755)
    return {**os.environ, "DISPLAY": ":99", "BROWSER": str(browser)}


@contextmanager
def started(arguments: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*CLI, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("command", ["serve", "run"])
def test_the_browser_gets_a_link_of_its_own_and_one_line_is_printed(
    command: str, data_dir: Path, environment: dict[str, str], told: Path
) -> None:
    if command == "run":
        environment["QTWEBENGINE_CHROMIUM_FLAGS"] = ""
        if os.geteuid() != 0:
            pytest.skip("Only root is refused a window by Qt.")
    with started([command, "--data-dir", str(data_dir)], environment) as process:
        opened = told.read_text().strip()
        process.send_signal(signal.SIGTERM)
        printed, said = process.communicate(timeout=30)
    ready, _, link = printed.strip().rpartition(" ")
    assert ready == "Whimbrel is ready:"
    assert opened.partition("key=")[0] == link.partition("key=")[0]
    assert opened != link, "a link works once, so the browser's is not the printed one"
    assert process.returncode == 0
    if command == "run":
        assert said.startswith("Whimbrel opens in the browser instead of a window of its own, because ")
    else:
        assert said == ""


def test_a_second_start_opens_the_browser_on_the_first(
    data_dir: Path, environment: dict[str, str], told: Path
) -> None:
    with started(["serve", "--no-browser", "--data-dir", str(data_dir)], environment) as first:
        assert first.stdout is not None
        origin = first.stdout.readline().removeprefix("Whimbrel is ready: ").partition("/enter")[0]
        with started(["run", "--data-dir", str(data_dir)], environment) as second:
            assert told.read_text().startswith(f"{origin}/enter?key=")
            printed, _ = second.communicate(timeout=30)
    assert printed == "Whimbrel is already running on this data folder; it opens in the browser.\n"
    assert second.returncode == 0


def test_nothing_is_opened_without_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "true")
    assert open_browser("http://127.0.0.1:1/", {}) is False
