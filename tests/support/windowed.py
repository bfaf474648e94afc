"""`whimbrel run` with a window on a virtual screen, the page in it, and a hand for what is no page."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Page, Playwright
from running import ROOT

CLI = [sys.executable, "-m", "desktop.cli"]
FOUND_S = 60
TRIES, LOOKS = 10, 50


class Hand:
    """Types and clicks as a person would, by xdotool."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def wait_for(self, title: str) -> str:
        """The id of the visible window with this title, once it is there."""
        found = self.do("search", "--sync", "--onlyvisible", "--name", f"^{title}$")
        return found.split()[0]

    def key(self, window: str, *keys: str) -> None:
        """Presses keys, such as `ctrl+o`, in a window; no window manager gives it the focus here."""
        self.do("windowfocus", "--sync", window, "key", "--clearmodifiers", *keys)

    def answer(self, title: str, text: str | None) -> None:
        """Types a line into a dialog, or leaves it with Escape, again until it is gone: one that has only
        just come may not hear the first keys."""
        for _ in range(TRIES):
            window = self.wait_for(title)
            if text is None:
                self.key(window, "Escape")
            else:
                self.key(window, "ctrl+a")
                self.do("type", "--clearmodifiers", text)
                self.do("key", "Return")
            if self._goes(title):
                return
        pytest.fail(f"the dialog {title!r} stays, whatever is typed")

    def _goes(self, title: str) -> bool:
        return any(not self.sees(title) for _ in range(LOOKS))

    def sees(self, title: str) -> bool:
        """Whether a window with this title is visible now."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"],
            env=self.environment,
            capture_output=True,
            timeout=FOUND_S,
            check=False,
        )
        return bool(found.stdout.strip())

    def do(self, *words: str) -> str:
        """What xdotool says to a command."""
        done = subprocess.run(
            ["xdotool", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=FOUND_S,
            check=False,
        )
        assert done.returncode == 0, f"xdotool {words}: {done.stdout}{done.stderr}"
        return done.stdout


@dataclass
class Windowed:
    """A running Whimbrel with its window."""

    process: subprocess.Popen[str]
    page: Page
    environment: dict[str, str]
    downloads: Path

    @property
    def hand(self) -> Hand:
        """A hand before its screen."""
        return Hand(self.environment)


@contextmanager
def opened(
    data_dir: Path,
    playwright: Playwright,
    environment: dict[str, str],
    downloads: Path,
    arguments: Sequence[str] = (),
) -> Iterator[Windowed]:
    """Opens the window and waits until its page can be driven; what is left at the end is killed."""
    port = free_port()
    named = {"QTWEBENGINE_REMOTE_DEBUGGING": str(port), "XDG_DOWNLOAD_DIR": str(downloads)}
    command = [*CLI, "run", "--data-dir", str(data_dir), *arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment, **named},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            wait_for_debugger(process.stdout)
            debugger = f"http://127.0.0.1:{port}"
            browser = playwright.chromium.connect_over_cdp(debugger, no_defaults=True)
            yield Windowed(process, browser.contexts[0].pages[0], environment, downloads)
        finally:
            process.kill()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_debugger(output: IO[str]) -> None:
    """Reads what the program says until Qt's browser can be debugged."""
    lines: list[str] = []
    for line in output:
        lines.append(line)
        if "Remote debugging server started" in line or "DevTools listening" in line:
            return
    pytest.fail("the window ended before it could be debugged:\n" + "".join(lines))
