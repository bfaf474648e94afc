"""The packaged program, started as a person's desktop starts it: own user, home and path, and no Python."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from driving import drop, wait_finished
from playwright.sync_api import Browser, Page, Playwright
from running import ROOT
from x_windows import looking_at

TITLE = "Whimbrel"
LIMIT_S = 90.0
_DEBUGGED = "DevTools listening on ws://"


@dataclass(frozen=True)
class Person:
    """Who starts it: a user and group id, a home folder, a display; nothing of ours is in the environment."""

    user: int
    group: int
    home: Path
    display: str
    commands: Path

    def environment(self, **more: str) -> dict[str, str]:
        """What a program of this person sees; `commands` is all of its path."""
        seen = {"HOME": str(self.home), "DISPLAY": self.display, "PATH": str(self.commands)}
        return {**seen, "LANG": "C.UTF-8", **more}

    def run(self, words: Sequence[str | Path], **more: str) -> subprocess.CompletedProcess[str]:
        """Carries out a command line of this person's to its end."""
        return subprocess.run(
            words,
            cwd=self.home,
            env=self.environment(**more),
            user=self.user,
            group=self.group,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )


def make_person(folder: Path, display: str, user: int, group: int, programs: Mapping[str, Path]) -> Person:
    """A person with an empty home in `folder`, whose path has these programs and a shell."""
    home, commands = folder / "Zoë Müller 鳥", folder / "bin"
    for made in (home, commands):
        made.mkdir(parents=True)
    os.chown(home, user, group)
    for name, program in {"sh": Path("/bin/sh"), **programs}.items():
        (commands / name).symlink_to(program)
    return Person(user, group, home, display, commands)


def the_deb(folder: Path) -> Path:
    """The one package of the program in a folder. Raises RuntimeError."""
    found = sorted(folder.glob("whimbrel_*.deb"))
    if len(found) != 1:
        raise RuntimeError(f"There must be one whimbrel_*.deb in {folder}: `dev.py package` makes it.")
    return found[0]


def unpacked(folder: Path) -> Path:
    """The program of dist/*.deb, unpacked into a folder that everybody may read then."""
    folder.chmod(0o755)
    subprocess.run(["dpkg-deb", "--extract", the_deb(ROOT / "dist"), folder / "root"], check=True)
    (folder / "root").chmod(0o755)
    return folder / "root" / "usr" / "lib" / "whimbrel" / "whimbrel"


@dataclass
class Started:
    """A window that was started, with what it printed so far."""

    process: subprocess.Popen[str]
    began: float
    port: int
    output: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    def listen(self) -> None:
        """Reads what it prints: up to the line that says that it can be debugged, and then on its own."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if line.startswith(_DEBUGGED):
                self.reader = threading.Thread(target=self._drain, daemon=True)
                self.reader.start()
                return
        raise RuntimeError("It ended before it had a window:\n" + "".join(self.output))

    def _drain(self) -> None:
        assert self.process.stdout is not None
        self.output.extend(self.process.stdout)

    def page(self, play: Playwright) -> Page:
        """The page in the window."""
        browser: Browser = play.chromium.connect_over_cdp(f"http://127.0.0.1:{self.port}", no_defaults=True)
        return browser.contexts[0].pages[0]

    def close(self) -> None:
        """Kills what is left of it and reads to the end of what it printed."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.reader is not None:
            self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def seconds(self) -> float:
        """Since it was started."""
        return time.perf_counter() - self.began

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ends it with all that it started; the exit status."""
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=LIMIT_S)


@contextmanager
def started(person: Person, words: Sequence[str | Path], **more: str) -> Iterator[Started]:
    """A window of this person's, killed at the end where it still runs."""
    port = free_port()
    environment = person.environment(QTWEBENGINE_REMOTE_DEBUGGING=str(port), **more)
    began = time.perf_counter()
    process = subprocess.Popen(
        words,
        cwd=person.home,
        env=environment,
        user=person.user,
        group=person.group,
        extra_groups=[],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    window = Started(process, began, port)
    try:
        yield window
    finally:
        window.close()


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_window(window: Started, display: str) -> float:
    """Seconds from the start until its window is seen on the screen."""
    with looking_at(display) as screen:
        while TITLE not in screen.shown():
            if window.process.poll() is not None:
                assert window.process.stdout is not None
                raise RuntimeError("It ended without a window:\n" + window.process.stdout.read())
            if window.seconds() > LIMIT_S:
                raise RuntimeError(f"There was no window after {LIMIT_S} s.")
            time.sleep(0.01)
    return window.seconds()


def recognise(page: Page, picture: Path) -> str:
    """Drops a picture as soon as the page takes one; the label that it gets."""
    page.wait_for_selector("input[type=file][multiple]", state="attached", timeout=LIMIT_S * 1000)
    drop(page, [picture])
    wait_finished(page, [picture.name], each_ms=60_000)
    return page.locator(f'[data-picture="{picture.name}"]').first.get_attribute("data-label") or ""
