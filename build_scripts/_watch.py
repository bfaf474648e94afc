"""`dev.py dev`: starts the server again when Python changes; Vite serves the page and reloads it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from build_scripts._page import PAGE, node_environment, npm
from build_scripts._python import executable
from build_scripts._steps import ROOT, StepError, say

_PACKAGES = ("desktop", "webui", "store")
_LOOK_EVERY = 0.5
_READY = "Whimbrel is ready: "
PAGE_PORT = 5173


@dataclass
class Server:
    """`whimbrel serve` as a child process that can be started again."""

    arguments: Sequence[str]
    process: subprocess.Popen[str] | None = field(default=None)

    def start(self) -> str:
        """Start it and return its one-use link. Raises StepError where it ends before it is ready."""
        words = [str(executable("whimbrel")), "serve", "--no-browser", *self.arguments]
        self.process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in self.process.stdout:
            if line.startswith(_READY):
                return line.removeprefix(_READY).strip()
        raise StepError("The server ended before it was ready (above). Mend it; a change starts it again.")

    def stop(self) -> None:
        """End it cleanly and wait for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)


def watch(arguments: Sequence[str]) -> int:
    """Serve until interrupted; `arguments` go to `whimbrel serve`. Returns the exit status."""
    server = Server(arguments)
    link = urlsplit(server.start())
    vite = _start_vite(f"{link.scheme}://{link.netloc}")
    say(f"The page: http://127.0.0.1:{PAGE_PORT}{link.path}?{link.query}   (Ctrl+C ends both)")
    try:
        _restart_on_change(server, vite)
        return vite.wait()
    except KeyboardInterrupt:
        say("Stopping.")
        return 0
    finally:
        vite.terminate()
        server.stop()
        vite.wait(timeout=20)


def _start_vite(server: str) -> subprocess.Popen[bytes]:
    environment = os.environ | node_environment() | {"WHIMBREL_DEV_SERVER": server}
    words = npm("exec", "--", "vite", "--host", "127.0.0.1", "--port", str(PAGE_PORT), "--strictPort")
    return subprocess.Popen(words, cwd=PAGE, env=environment)


def _restart_on_change(server: Server, vite: subprocess.Popen[bytes]) -> None:
    seen = _newest()
    while vite.poll() is None:
        time.sleep(_LOOK_EVERY)
        if (now := _newest()) == seen:
            continue
        seen = now
        say("Python changed: starting the server again.")
        server.stop()
        try:
            server.start()
        except StepError as error:
            say(str(error))


def _newest() -> tuple[int, int]:
    """The newest change time in nanoseconds, and how many files there are."""
    times = [path.stat().st_mtime_ns for name in _PACKAGES for path in _python_files(ROOT / name)]
    return max(times), len(times)


def _python_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if "node_modules" not in path.parts]
