"""Steps of the set-up: each is done once, is stamped with a hash of its inputs, and says how long it took.

An interrupted step leaves no stamp, so the next run does it again; every step's work may be repeated.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "dev"
_SKIPPED_FOLDERS = {"node_modules", "coverage", "dist", "tests", "__pycache__"}
_TAIL = 25


class StepError(Exception):
    """A step could not be done: one sentence, and what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to do. `inputs` are files or folders whose content decides whether it is to be done again."""

    name: str
    stamp: Path
    inputs: tuple[Path, ...]
    work: Callable[[], None]
    salt: str = ""


def fingerprint(step: Step) -> str:
    """SHA-256 over the names and contents of the step's inputs."""
    digest = hashlib.sha256(step.salt.encode())
    for source in step.inputs:
        for path in _files(source):
            digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    elif source.is_dir():
        for folder, names, files in os.walk(source):
            names[:] = sorted(name for name in names if name not in _SKIPPED_FOLDERS)
            yield from (Path(folder, name) for name in sorted(files))


def do(steps: Sequence[Step]) -> None:
    """Do the steps that are due, in order. Raises StepError."""
    with _one_at_a_time():
        for step in steps:
            wanted = fingerprint(step)
            if _stamped(step) == wanted:
                continue
            with timed(step.name):
                step.work()
            step.stamp.parent.mkdir(parents=True, exist_ok=True)
            step.stamp.write_text(wanted, encoding="ascii")


def _stamped(step: Step) -> str:
    try:
        return step.stamp.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two set-ups in one folder wait for each other (where the system has flock)."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as handle:
        if sys.platform != "win32":
            import fcntl  # noqa: PLC0415 - not on Windows

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another dev.py is setting up this folder; waiting for it ...")
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Tell the developer something, on standard error: standard output belongs to what is started."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def timed(name: str) -> Iterator[None]:
    """Show the name while it lasts (with running seconds on a terminal) and the seconds it took."""
    started = time.monotonic()
    ended = threading.Event()
    if sys.stderr.isatty():
        ticker = threading.Thread(target=_tick, args=(name, started, ended), daemon=True)
        ticker.start()
    else:
        say(f"{name} ...")
    try:
        yield
    except BaseException:
        ended.set()
        say(f"\r{name}: stopped after {time.monotonic() - started:.1f} s")
        raise
    ended.set()
    say(f"\r{name}: {time.monotonic() - started:.1f} s" if sys.stderr.isatty() else _done(name, started))


def _done(name: str, started: float) -> str:
    return f"{name}: done in {time.monotonic() - started:.1f} s"


def _tick(name: str, started: float, ended: threading.Event) -> None:
    while not ended.wait(1.0):
        print(f"\r{name} ... {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True)


def command(
    arguments: Sequence[str | Path],
    advice: str,
    *,
    cwd: Path = ROOT,
    environment: dict[str, str] | None = None,
) -> str:
    """Run a command quietly and return what it printed.

    Raises StepError with the end of its output and the advice where it fails or is missing.
    """
    words = [str(argument) for argument in arguments]
    try:
        result = subprocess.run(
            words,
            cwd=cwd,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise StepError(f"{words[0]} could not be started ({error.strerror}). {advice}") from None
    if result.returncode != 0:
        lines = [line for line in result.stdout.splitlines() if "is ignored: it is neither" not in line]
        say("\n".join(["", *lines[-_TAIL:]]))
        raise StepError(f"`{Path(words[0]).name} {' '.join(words[1:4])} ...` failed (above). {advice}")
    return result.stdout
