"""`whimbrel run` and `whimbrel serve`: one instance a data folder, with a window, a browser or neither."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

from platformdirs import user_downloads_path

from desktop.assemble import Whimbrel, assemble
from desktop.browser import open_browser
from desktop.crashes import CrashReports
from desktop.data_folder import DataFolder, FolderInUseError
from desktop.logs import start_logging
from desktop.pace import TURN_S, tidy_seldom
from desktop.running_app import find_running
from desktop.settings import Settings
from desktop.settings_file import ProgramSettings
from desktop.stop_signals import on_stop_signal
from desktop.window import Window, WindowError, why_no_window
from store.clock import SystemClock

ASKS = "Whimbrel's memory was damaged; choose what becomes of it"


def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Serve until asked to end; with a browser where that is wanted and there is a display."""
    return _with_folder(replace(settings, window=False), ProgramSettings(settings, vars(given)))


def run(settings: Settings, given: argparse.Namespace) -> int:
    """Open the window, or the browser where no window can be; `--no-window` only serves."""
    shown = settings if settings.window else replace(settings, open_browser=False)
    return _with_folder(shown, ProgramSettings(settings, vars(given)))


def _with_folder(settings: Settings, table: ProgramSettings) -> int:
    folder = DataFolder(settings.data_dir)
    folder.prepare()
    start_logging(folder.logs, settings.log_level)
    try:
        with folder.hold(), _watching(folder), _assembled(table, folder) as app:
            return _in_window(app, folder, settings) if settings.window else _served(app, settings)
    except FolderInUseError:
        return _hand_over(folder, settings)


def _watching(folder: DataFolder) -> contextlib.AbstractContextManager[None]:
    return CrashReports(folder.logs, SystemClock()).watching()


@contextlib.contextmanager
def _assembled(settings: ProgramSettings, folder: DataFolder) -> Iterator[Whimbrel]:
    app = assemble(settings, folder)
    try:
        if app.note:
            _tell(app.note)
        tidy_seldom()
        sys.setswitchinterval(TURN_S)
        yield app
    finally:
        app.stop()


def _served(app: Whimbrel, settings: Settings) -> int:
    ended = threading.Event()
    on_stop_signal(ended.set)
    _serve_until(ended, app, settings)
    return 0


def _serve_until(ended: threading.Event, app: Whimbrel, settings: Settings) -> None:
    print(f"{ASKS if app.recovers() else 'Whimbrel is ready'}: {app.link()}", flush=True)
    if settings.open_browser:
        open_browser(app.link(), os.environ)
    ended.wait()


def _in_window(app: Whimbrel, folder: DataFolder, settings: Settings) -> int:
    reason = why_no_window(os.environ)
    window = Window(app.link(), folder.browser_storage, user_downloads_path())
    ended = threading.Event()

    def stop() -> None:
        ended.set()
        window.close()

    on_stop_signal(stop)
    if reason is None:
        app.window = window
        try:
            window.show()
            return 0
        except WindowError as error:
            reason = str(error)
            app.window = None
    _tell(f"Whimbrel opens in the browser instead of a window of its own, because {reason}.")
    _serve_until(ended, app, settings)
    return 0


def _hand_over(folder: DataFolder, settings: Settings) -> int:
    """Show the instance that runs already, and say so."""
    answer = find_running(folder).call("POST", "/api/handover", {})
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
