"""`whimbrel run` and `whimbrel serve`: one instance a data folder, with a window, a browser or neither."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_downloads_path

from desktop.browser import open_browser
from desktop.crashes import CrashReports
from desktop.data_folder import DataFolder, FolderInUseError
from desktop.logs import start_logging
from desktop.opening import SERVER_DIED, Opening, open_pictures
from desktop.pace import TURN_S, tidy_seldom
from desktop.running_app import find_running
from desktop.settings import Settings
from desktop.settings_file import ProgramSettings
from desktop.stop_signals import on_stop_signal
from desktop.window import Window, WindowError, why_no_window
from store.clock import SystemClock

if TYPE_CHECKING:
    from desktop.assemble import Whimbrel

ASKS = "Whimbrel's memory was damaged; choose what becomes of it"


def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Serve until asked to end; with a browser where that is wanted and there is a display."""
    return _with_folder(replace(settings, window=False), ProgramSettings(settings, vars(given)), [])


def run(settings: Settings, given: argparse.Namespace) -> int:
    """Open the window, or the browser where no window can be; `--no-window` only serves."""
    shown = settings if settings.window else replace(settings, open_browser=False)
    return _with_folder(shown, ProgramSettings(settings, vars(given)), whole_paths(given.pictures))


def whole_paths(names: Sequence[str]) -> list[str]:
    """What was named on a command line, or by a file manager, as paths that hold in every folder."""
    return [str(Path(name).expanduser().absolute()) for name in names]


def _with_folder(settings: Settings, table: ProgramSettings, pictures: list[str]) -> int:
    folder = DataFolder(settings.data_dir)
    folder.prepare()
    start_logging(folder.logs, settings.log_level)
    try:
        with folder.hold(), _watching(folder):
            start = _Start(settings, table, folder, pictures)
            return start.in_window() if settings.window else start.served()
    except FolderInUseError:
        return _hand_over(folder, settings, pictures)


def _watching(folder: DataFolder) -> contextlib.AbstractContextManager[None]:
    return CrashReports(folder.logs, SystemClock()).watching()


@contextlib.contextmanager
def _assembled(settings: ProgramSettings, folder: DataFolder) -> Iterator[Whimbrel]:
    from desktop.assemble import assemble  # noqa: PLC0415 - takes longer to load than the window to show

    app = assemble(settings, folder)
    try:
        if app.note:
            _tell(app.note)
        tidy_seldom()
        sys.setswitchinterval(TURN_S)
        yield app
    finally:
        app.stop()


@dataclass(frozen=True)
class _Start:
    """A start on a folder that this process holds. `settings` is what was given and what of it is shown."""

    settings: Settings
    table: ProgramSettings
    folder: DataFolder
    pictures: list[str]

    def served(self) -> int:
        """Without a window, until asked to end."""
        ended, died = threading.Event(), threading.Event()
        on_stop_signal(ended.set)

        def server_died() -> None:
            died.set()
            ended.set()

        with _assembled(self.table, self.folder) as app:
            app.server_died = server_died
            if refused := open_pictures(app.add_pictures, self.pictures):
                _tell(refused)
            print(f"{ASKS if app.recovers() else 'Whimbrel is ready'}: {app.link()}", flush=True)
            if self.settings.open_browser:
                open_browser(app.link(), os.environ)
            ended.wait()
        if died.is_set():
            _tell(" ".join(SERVER_DIED))
        return 1 if died.is_set() else 0

    def in_window(self) -> int:
        """In the window, or where there can be none in the browser."""
        reason = why_no_window(os.environ)
        if reason is None:
            try:
                return self._windowed()
            except WindowError as error:
                reason = str(error)
        _tell(f"Whimbrel opens in the browser instead of a window of its own, because {reason}.")
        return self.served()

    def _windowed(self) -> int:
        """The window comes first, and the program is made behind its splash."""
        window = Window(self.folder.browser_storage, user_downloads_path(), self.folder.window_notes)
        opening = Opening(window, _assembled(self.table, self.folder), self.pictures)
        on_stop_signal(window.close)
        try:
            window.show(opening.begin)
        finally:
            opening.end()
        return 1 if opening.died else 0


def _hand_over(folder: DataFolder, settings: Settings, pictures: list[str]) -> int:
    """Show the instance that runs already, hand it the pictures, and say so."""
    running = find_running(folder)
    if pictures:
        running.call("POST", "/api/queue", {"paths": pictures})
    answer = running.call("POST", "/api/handover", {})
    if answer["window"]:
        _say("Whimbrel is already running on this data folder; its window is in front now.")
    elif settings.open_browser and open_browser(answer["url"], os.environ):
        _say("Whimbrel is already running on this data folder; it opens in the browser.")
    else:
        _say(f"Whimbrel is already running on this data folder: {answer['url']}")
    return 0


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
