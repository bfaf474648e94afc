"""Starts and stops what is measured: Whimbrel, the Node peer, and a bare loop for comparison."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
from apsw import sqlite_extra

from benchmarks._ingest_load import Target
from desktop.listening import HOST
from store.clock import SystemClock
from store.local.folder import FILE_NAME
from store.local.opening import open_store
from webui.local.session_keys import cookie_for

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "benchmarks" / "ingest"
_READY = "Whimbrel is ready: "
_END_S = 30


@dataclass(frozen=True)
class Program:
    """A running program. `target` is where it takes statistics."""

    process: subprocess.Popen[str]
    target: Target

    def cpu_seconds(self) -> float:
        """User and system time of all its threads since its start."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def watch(self) -> None:
        """Begins to watch its event loop (not the peer's)."""
        self._tell("beat")

    def stall_ms(self) -> float:
        """How long the loop was held up at most since `watch`; ends watching it."""
        self._tell("stall")
        return float(_line(self.process).removeprefix("stall "))

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None  # noqa: S101 - a pipe was asked for
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


def make_templates(folder: Path) -> tuple[Path, Path]:
    """A data folder with the starter model and an empty memory, and the file of that memory."""
    data_dir = folder / "template"
    fetch = [sys.executable, "-m", "desktop.cli", "models", "fetch", "starter", "--data-dir", str(data_dir)]
    subprocess.run(fetch, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    open_store(data_dir, SystemClock()).close()
    return data_dir, data_dir / FILE_NAME


@contextmanager
def whimbrel(data_dir: Path) -> Iterator[Program]:
    """The whole server on a data folder, in a process of its own."""
    with _running([sys.executable, "-m", "benchmarks._ingest_server", str(data_dir)]) as process:
        ready = _line(process)
        if not ready.startswith(_READY):
            raise SystemExit(f"Whimbrel did not get ready: {ready!r}")
        port = int(ready.partition(f"http://{HOST}:")[2].partition("/")[0])
        name, value = cookie_for(data_dir)
        yield Program(process, Target(port, (("Cookie", f"{name}={value}"),)))


@contextmanager
def peer(database: Path) -> Iterator[Program]:
    """The Node server on a database that has the schema already."""
    with _running([node(), str(PEER / "server.js"), str(database), sqlite_extra.path("cksumvfs")]) as process:
        yield Program(process, Target(int(_line(process).removeprefix("ready "))))


@contextmanager
def bare_loop() -> Iterator[Program]:
    """A process with an event loop that has nothing to do."""
    with _running([sys.executable, "-m", "benchmarks._ingest_server"]) as process:
        _line(process)
        yield Program(process, Target(0))


def node() -> str:
    """The node that the set-up found or brought."""
    found = shutil.which("node")
    if found is None:
        raise SystemExit("node is missing: run this by `python3 build_scripts/dev.py bench ingest`.")
    return found


def install_peer() -> None:
    """The peer's packages, once; better-sqlite3 may be compiled for a minute or two."""
    if (PEER / "node_modules" / "better-sqlite3" / "build").is_dir():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing: run this by `python3 build_scripts/dev.py bench ingest`.")
    print("Installing the peer (express, better-sqlite3) ...", file=sys.stderr, flush=True)
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=PEER, check=True)


@contextmanager
def _running(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(_END_S)


def _line(process: subprocess.Popen[str]) -> str:
    output: IO[str] | None = process.stdout
    assert output is not None  # noqa: S101 - a pipe was asked for
    return output.readline().rstrip("\n")
