"""`whimbrel backup ...` and `whimbrel recover ...`: through the app that runs on the folder, else alone."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from desktop.data_folder import DataFolder, FolderInUseError
from desktop.errors import PlainError
from desktop.recovery_ways import carry_out, happened, offer
from desktop.running_app import RunningApp, find_running
from desktop.settings import Settings
from store.clock import SystemClock
from store.local.backup import never
from store.local.backups import backups_in
from store.local.folder import BACKUPS
from store.local.opening import open_store
from store.local.recovery import Recovery
from webui.local.recovery_desk import Way

_POLL_S = 0.2
_CHANGE_S = 15.0  # the app needs so long at most to close its memory and show the recovery


@contextlib.contextmanager
def _running_or_held(folder: DataFolder) -> Iterator[RunningApp | None]:
    """The app that runs on the folder; None where nobody does, and the folder is held meanwhile."""
    folder.prepare()
    with contextlib.ExitStack() as held:
        app = None
        try:
            held.enter_context(folder.hold())
        except FolderInUseError:
            app = find_running(folder)
        yield app


def show(settings: Settings, _: argparse.Namespace) -> int:
    """Print the backups, the newest first."""
    found = backups_in(settings.data_dir / BACKUPS)
    if not found:
        print("There is no backup yet. Whimbrel makes one a day while it runs; or: whimbrel backup make")
    for one in found:
        print(f"{one.name}  {_moment(one.made_at)}  {one.size / 2**20:,.1f} MiB")
    return 0


def make(settings: Settings, _: argparse.Namespace) -> int:
    """Make a backup now."""
    folder = DataFolder(settings.data_dir)
    with _running_or_held(folder) as app:
        if app is not None:
            name = str(app.call("POST", "/api/backups", {}, long=True)["name"])
        else:
            store = open_store(folder.path, SystemClock())
            try:
                name = store.backups.make().stem
            finally:
                store.close()
    print(f"The backup is complete and checked: {folder.path / BACKUPS / name}.sqlite3")
    return 0


def restore(settings: Settings, chosen: argparse.Namespace) -> int:
    """Put a backup in the memory's place; the memory that was there is kept."""
    folder = DataFolder(settings.data_dir)
    recovery = Recovery(folder.path, SystemClock())
    with _running_or_held(folder) as app:
        name = recovery.named(chosen.name).name
        if app is None:
            return _directly(recovery, "restore", name)
        app.call("POST", f"/api/backups/{name}/restore", {})
        _follow_restore(app)
    print(f"The backup {name} is in place. The memory before it is kept in a folder replaced-... beside it.")
    return 0


def recover(settings: Settings, chosen: argparse.Namespace) -> int:
    """Decide what becomes of a damaged memory; without a word what, say what can be done."""
    folder = DataFolder(settings.data_dir)
    recovery = Recovery(folder.path, SystemClock())
    with _running_or_held(folder) as app:
        if chosen.way is None:
            return _explain(recovery)
        if app is not None:
            return _through(app, chosen.way)
        if chosen.way != "salvage" and recovery.pending() is None:
            raise PlainError("There is no damaged memory here.", "`whimbrel backup restore` takes a backup.")
        return _directly(recovery, chosen.way, None)


def _directly(recovery: Recovery, way: Way, name: str | None) -> int:
    outcome = carry_out(recovery, way, name, _shown, never)
    recovery.put_in_place()
    _end_line()
    print(outcome)
    return 0


def _explain(recovery: Recovery) -> int:
    pending = recovery.pending()
    if pending is None:
        print("There is no damaged memory here: nothing to recover.")
        return 0
    words = happened(recovery.data_dir, pending)
    print(f"{words.sentence} {words.advice}")
    sound = recovery.newest_sound()
    if sound is not None:
        best = offer(sound, pending)
        held = f"{_moment(best.made_at)}, {best.records:,} records. {best.missing}"
        print(f"whimbrel recover restore   the backup of {held}")
    print("whimbrel recover salvage   copies everything that can still be read into a fresh memory")
    print("whimbrel recover fresh     begins with an empty memory")
    return 1


def _through(app: RunningApp, way: Way) -> int:
    app.call("POST", "/api/recovery", {"way": way})
    for state in _states(app, time.monotonic, time.sleep):
        if state["phase"] == "done":
            app.call("POST", "/api/recovery/open", {})
            _end_line()
            print(state["outcome"])
            return 0
        if state["phase"] == "choose":
            failure = state["failure"] or {"sentence": "It was cancelled.", "advice": ""}
            raise PlainError(failure["sentence"], failure["advice"])
        _shown(state["progress"] or 0.0)
    raise PlainError("Whimbrel ended the recovery meanwhile.", "See its window.")


def _follow_restore(app: RunningApp) -> None:
    """Waits until the app has opened anew. Raises PlainError with its sentence where it failed."""
    failure: dict[str, str] | None = None
    for state in _states(app, time.monotonic, time.sleep):
        failure = state["failure"] or failure
        _shown(state["progress"] or 0.0)
    _end_line()
    if failure is not None:
        raise PlainError(failure["sentence"], failure["advice"])


def _states(
    app: RunningApp, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterable[dict[str, Any]]:
    """What the recovery says until it is over; waited for at its beginning."""
    begun, ends = False, clock() + _CHANGE_S
    while begun or clock() < ends:
        state = app.ask("/api/recovery")
        if state is not None:
            begun = True
            yield state
        elif begun:
            return
        sleep(_POLL_S)


def _shown(done: float) -> None:
    """One line on a terminal that says how far it is."""
    if sys.stderr.isatty():
        print(f"\r{done:4.0%}", end="", file=sys.stderr, flush=True)


def _end_line() -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _moment(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000).astimezone():%Y-%m-%d %H:%M}"
