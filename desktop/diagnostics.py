"""The diagnostics file: what somebody who helps needs to know, and nothing that is the user's own.

It is shown before it is saved, and never sent. Everything in it went through `desktop.redaction`.
"""

from __future__ import annotations

import functools
import getpass
import json
import platform
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop.data_folder import DataFolder
from desktop.doctor import findings, installed_version
from desktop.doctor_memory import FILE_NAME as MEMORY
from desktop.doctor_memory import Reader
from desktop.installed import app_version
from desktop.logs import FILE_NAME as LOG_NAME
from desktop.redaction import Redactor
from desktop.settings_file import ProgramSettings
from store.clock import Clock
from store.local.overview import NOTHING, Overview, overview, typed_labels
from store.sync.credentials import FILE_NAME as DEVICE_SECRETS
from webui.local.session_keys import SECRET_FILE

LOG_LINES = 200
_MOST_LOG_BYTES = 512 * 1024
_PROGRAM = Path(__file__).resolve().parents[1]
_ABOUT = """\
Whimbrel's diagnostics file of {made} (UTC).
Paths, addresses, keys, labels that were typed here, and lines that name a picture are taken out.
Whimbrel sends this nowhere: read it, then hand it to whom you like.
"""


@dataclass(frozen=True)
class Diagnostics:
    """Makes the file of one data folder; `text` blocks, up to minutes on a large memory."""

    folder: DataFolder
    settings: ProgramSettings
    clock: Clock

    def text(self, crash: str | None = None) -> str:
        """The whole file. `crash` is the report of one, which then comes first."""
        redactor = redactor_of(self.folder)
        made = _moment(self.clock.now_ms())
        sections = [("How it ended", crash.splitlines)] if crash else []
        told = [_section(title, lines) for title, lines in [*sections, *self._sections()]]
        return _ABOUT.format(made=made) + redactor.text("".join(told))

    def _sections(self) -> Iterable[tuple[str, Callable[[], Iterable[str]]]]:
        remembered = functools.cache(functools.partial(_remembered, self.folder.path / MEMORY))
        yield "What the doctor finds", self._findings
        yield "Settings of the program", self._settings
        yield "Settings of the page", lambda: remembered().settings
        yield "What is remembered", lambda: remembered().counts
        yield "What takes room", lambda: remembered().sizes
        yield "What computes it", lambda: remembered().backends
        yield "Failures by kind", lambda: remembered().failures
        yield f"The last {LOG_LINES} lines of the log", lambda: last_lines(self.folder.logs, LOG_LINES)

    def _findings(self) -> Iterable[str]:
        yield f"Whimbrel {app_version()}{' (installed bundle)' if getattr(sys, 'frozen', False) else ''}"
        for finding in findings(self.folder):
            yield f"{finding.level:<8} {finding.what}"
            if finding.advice:
                yield f"{'':<8} -> {finding.advice}"

    def _settings(self) -> Iterable[str]:
        for row in self.settings.shown():
            yield f"{row.option.name} = {json.dumps(row.now)}   ({row.source})"


def _remembered(path: Path) -> Overview:
    if not path.exists():
        return NOTHING
    with Reader(path).read() as database:
        return overview(database.connection(), path)


def _section(title: str, lines: Callable[[], Iterable[str]]) -> str:
    try:
        found = list(lines())
    except Exception as error:  # one that fails takes none of the others along
        found = [f"This could not be found out ({type(error).__name__}: {error})."]
    return f"\n== {title} ==\n" + "".join(f"{line}\n" for line in found or ["nothing"])


def last_lines(logs: Path, most: int) -> list[str]:
    """The newest lines of the log, also where the file turned over a moment ago."""
    found: list[str] = []
    for name in (LOG_NAME, f"{LOG_NAME}.1"):
        if len(found) < most:
            found = [*_tail(logs / name), *found]
    return found[-most:]


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MOST_LOG_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def redactor_of(folder: DataFolder) -> Redactor:
    """What is to be taken out of a text that tells of this folder."""
    places = {str(folder.path): "data folder", str(_PROGRAM): "program"}
    for prefix in (sys.prefix, sys.base_prefix):
        places.setdefault(prefix, "python")
    places = {path: name for path, name in places.items() if len(Path(path).parts) > 1}
    harmless = (platform.platform(), f"apsw {installed_version('apsw')}")
    return Redactor(places, [*_secrets(folder), *_people(), *_typed(folder.path / MEMORY)], harmless)


def _secrets(folder: DataFolder) -> Iterable[str]:
    with suppress(OSError, UnicodeDecodeError):
        yield (folder.path / SECRET_FILE).read_text(encoding="ascii").strip()
    with suppress(OSError, ValueError):
        kept: Any = json.loads((folder.path / DEVICE_SECRETS).read_text(encoding="utf-8"))
        yield from (value for value in kept.values() if isinstance(value, str))


def _typed(path: Path) -> list[str]:
    if path.exists():
        with suppress(Exception), Reader(path).read() as database:  # a damaged memory tells none
            return typed_labels(database.connection())
    return []


def _people() -> Iterable[str]:
    """The user's name, short and in full, and the machine's, which often is somebody's as well."""
    with suppress(OSError, KeyError, ImportError):
        yield getpass.getuser()
    with suppress(OSError, KeyError, ImportError):
        import pwd  # noqa: PLC0415 - not on Windows

        entry = pwd.getpwuid(Path.home().stat().st_uid)
        yield from (entry.pw_name, entry.pw_gecos.partition(",")[0])
    yield Path.home().name
    yield socket.gethostname()


def _moment(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
