"""What is left of an end that nobody wanted: a report in the log's folder, offered at the next start.

An exception that nobody caught leaves its traceback; a crash of the machine code (a segmentation fault in a
library) leaves what `faulthandler` could still write. A report is never sent.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import re
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from desktop.installed import app_version
from store.clock import Clock

log = logging.getLogger("whimbrel.crashes")
Kind = Literal["ended", "part"]
KEPT = 5
_FAULTS = "fault.txt"
_MOMENT = "%Y%m%dT%H%M%S"
_NAME = re.compile(r"crash-(\d{8}T\d{6})-(\d{3})-(ended|part)\.txt")
_LOG_LINES = 50
_MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class CrashReport:
    """One report; `kind` says whether the whole program ended or a part of it, `at` is ms since the epoch."""

    path: Path
    kind: Kind
    at: int

    def text(self) -> str:
        """What it says, at most the first 256 KiB."""
        with self.path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")


class CrashReports:
    """The reports in one folder of logs. Whoever holds the data folder is the only one who writes there."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Writes down what goes wrong while this lasts, and takes up what the run before could not.

        An exception that leaves the block goes on; one with a sentence for people is no crash.
        """
        self._take_up_fault()
        before, threading.excepthook = threading.excepthook, self._thread_ended
        try:
            with self._fault_file():
                yield
        except Exception as error:
            if not hasattr(error, "sentence"):
                self.write("ended", error)
            raise
        finally:
            threading.excepthook = before

    def newest(self) -> CrashReport | None:
        """The newest report that was not dismissed."""
        return max(self._unread(), key=lambda one: one.at, default=None)

    def dismiss(self) -> None:
        """Nothing that is there now is offered again; the files stay until newer ones take their place."""
        for report in self._unread():
            with contextlib.suppress(OSError):
                report.path.rename(report.path.with_suffix(".read.txt"))

    def write(self, kind: Kind, error: BaseException) -> None:
        """Writes one down; a disk that takes nothing loses it."""
        trace = "".join(traceback.format_exception(error))
        self._put(kind, f"{trace}\n")

    def _put(self, kind: Kind, trace: str) -> None:
        from desktop.diagnostics import last_lines  # noqa: PLC0415 - looks into the memory

        now = self._clock.now_ms()
        moment = f"{datetime.fromtimestamp(now / 1000, UTC):{_MOMENT}}-{now % 1000:03}"
        ended = "\n".join(last_lines(self._folder, _LOG_LINES))
        text = f"Whimbrel {app_version()}, {moment} (UTC)\n\n{trace}\nThe log until then:\n{ended}\n"
        with self._lock:
            try:
                self._folder.mkdir(exist_ok=True)
                (self._folder / f"crash-{moment}-{kind}.txt").write_text(text, encoding="utf-8")
                self._let_go()
            except OSError as failure:
                log.warning("the report of a crash could not be written: %s", failure)

    def _unread(self) -> list[CrashReport]:
        return [one for path in self._folder.glob("crash-*.txt") if (one := _read(path)) is not None]

    def _let_go(self) -> None:
        for surplus in sorted(self._folder.glob("crash-*.txt"))[:-KEPT]:
            surplus.unlink(missing_ok=True)

    def _thread_ended(self, ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is None or isinstance(ended.exc_value, SystemExit):
            return
        name = ended.thread.name if ended.thread else "a thread"
        log.error("%s ended with an error", name, exc_info=ended.exc_value)
        self.write("part", ended.exc_value)

    @contextlib.contextmanager
    def _fault_file(self) -> Iterator[None]:
        """Where a crash of the machine code is written; empty, and gone after an orderly end."""
        path = self._folder / _FAULTS
        try:
            file: TextIO = path.open("w", encoding="utf-8")
        except OSError:
            yield
            return
        faulthandler.enable(file)
        try:
            yield
        finally:
            faulthandler.disable()
            file.close()
            path.unlink(missing_ok=True)

    def _take_up_fault(self) -> None:
        path = self._folder / _FAULTS
        with contextlib.suppress(OSError):
            trace = path.read_text(encoding="utf-8", errors="replace")
            if trace.strip():
                self._put("ended", trace)
            path.unlink()


def _read(path: Path) -> CrashReport | None:
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    at = datetime.strptime(found[1], _MOMENT).replace(tzinfo=UTC).timestamp()
    return CrashReport(path, "ended" if found[3] == "ended" else "part", int(at) * 1000 + int(found[2]))
