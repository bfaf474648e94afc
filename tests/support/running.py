"""The real program in a process of its own, for the browser and journey tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# The same engine without the browser's own surface, at half the processor time; where closing and opening
# again is the point, tests take the whole browser.
HEADLESS = shutil.which("chromium-headless-shell") or CHROMIUM
QUIET_CHROMIUM = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
SOFTWARE_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
READY_LINE = re.compile(
    r"^Whimbrel(?: is ready|'s memory was damaged; choose .*): (http://127\.0\.0\.1:(\d+)/\S+)$"
)


@dataclass
class Whimbrel:
    """One `whimbrel serve` process on a data folder; can be stopped, killed and started again."""

    data_dir: Path
    link: str = ""
    port: int = 0
    process: subprocess.Popen[str] | None = None
    output: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """The address without a path, as a browser writes an Origin."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Whimbrel:
        """Starts the server and waits for its ready line.

        Raises:
            RuntimeError: the process ended before it was ready; the text carries what it printed.
        """
        command = [
            sys.executable,
            "-m",
            "desktop.cli",
            "serve",
            "--no-browser",
            "--data-dir",
            str(self.data_dir),
        ]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment()
        )
        return self.wait_until_ready(self.process)

    def wait_until_ready(self, process: subprocess.Popen[str]) -> Whimbrel:
        """Reads what the process prints up to its ready line; raises as `start`."""
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line.rstrip())
            if found := READY_LINE.match(line.strip()):
                self.link, self.port = found[1], int(found[2])
                threading.Thread(target=self._drain, args=(process,), daemon=True).start()
                return self
        raise RuntimeError("whimbrel serve ended before it was ready:\n" + "\n".join(self.output))

    def _drain(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            self.output.extend(line.rstrip() for line in lines)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ends the process and waits for it. Returns its exit status."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=30)

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """What a query on the data folder's database gives, read from outside the program."""
        with closing(sqlite3.connect(f"file:{self.data_dir}/whimbrel.sqlite3?mode=ro", uri=True)) as database:
            return database.execute(query, arguments).fetchall()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


@contextmanager
def running(data_dir: Path) -> Iterator[Whimbrel]:
    """A started Whimbrel, stopped at the end whatever happened."""
    app = Whimbrel(data_dir).start()
    try:
        yield app
    finally:
        if app.process is not None and app.process.poll() is None:
            app.stop()
