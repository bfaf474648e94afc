"""Whimbrel's own window: the only import of pywebview.

No js_api: it needs eval, which the page's policy forbids. The window loads the one-use link like any browser.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from desktop.browser import open_browser
from desktop.display import has_display
from desktop.installed import STATIC
from desktop.system_libraries import missing_qt_libraries
from desktop.window_dialogs import Kind
from desktop.window_menu import HERE, MENUS, Command, Menu
from desktop.window_notes import SMALLEST, read_notes, write_notes
from desktop.window_revival import Revivals
from desktop.window_splash import notice, splash

if TYPE_CHECKING:
    from desktop.window_qt import QtSide

TITLE = "Whimbrel"
_LAST_WORDS_S = 0.4
_ON_QT = sys.platform.startswith("linux")
_PICTURES = ("Pictures (*.jpg;*.jpeg;*.png;*.webp;*.gif;*.bmp;*.avif)", "All files (*.*)")
_WORDS = {"linux.openFiles": "Open pictures", "global.saveFile": "Save as"}
_LIBRARIES = ("webview", "qtpy", "PySide6") if _ON_QT else ("webview",)


class WindowError(Exception):
    """The window could not be opened; the text says why, to follow "because"."""


def why_no_window(environment: Mapping[str, str]) -> str | None:
    """Why no window can be opened here, to follow "because"; None where one can."""
    if _ON_QT and not has_display(environment):
        return "there is no display here"
    for library in _LIBRARIES:
        if importlib.util.find_spec(library) is None:
            return f"the window library is not installed ({library})"
    if missing := missing_qt_libraries():
        return f"system libraries are missing ({', '.join(missing)})"
    if _is_root() and not _sandbox_is_off(environment):
        return "Qt's browser does not run as root"
    return None


def _is_root() -> bool:
    return _ON_QT and os.geteuid() == 0


def _sandbox_is_off(environment: Mapping[str, str]) -> bool:
    flags = environment.get("QTWEBENGINE_CHROMIUM_FLAGS", "")
    return "--no-sandbox" in flags or environment.get("QTWEBENGINE_DISABLE_SANDBOX") == "1"


class Window:
    """One window; `show` blocks on the main thread until it is closed. It begins with a splash."""

    def __init__(self, storage: Path, downloads: Path, notes: Path) -> None:
        """`storage` keeps the page's caches and permissions between starts, `notes` the window's place;
        `downloads` gets what the page saves (on Qt; elsewhere the system asks where to)."""
        self._storage = storage
        self._downloads = downloads
        self._file = notes
        self._notes = read_notes(notes)
        self.theme: Callable[[], str] = lambda: self._notes.theme
        self.unfinished: Callable[[], Sequence[object]] = list
        self.add_pictures: Callable[[Sequence[str]], str | None] | None = None
        self.told: str | None = None
        self._window: Any = None
        self._qt: QtSide | None = None
        self._origin = ""
        self._revivals = Revivals(time.monotonic)
        self._hidden = threading.Event()
        self._closed = threading.Event()

    def show(self, begin: Callable[[], None]) -> None:
        """Open the window, call `begin` when it is about to be there, and return when it is closed. Main
        thread only. Raises WindowError."""
        try:
            os.environ.setdefault("QT_API", "pyside6")
            import webview  # noqa: PLC0415 - heavy, and only where there is a display

            if _ON_QT:
                from desktop.window_qt import prepare  # noqa: PLC0415 - likewise

                prepare(next(iter(sorted(STATIC.glob("assets/whimbrel*.svg"))), None))
            self._open(webview, begin)
        except ImportError as error:
            raise WindowError(f"the window library can't be loaded ({error})") from error
        except Exception as error:
            raise WindowError(f"the window library failed ({error})") from error
        finally:
            self._window = self._qt = None

    def _open(self, webview: Any, begin: Callable[[], None]) -> None:  # noqa: ANN401 - the module
        notes = self._notes
        self._window = webview.create_window(
            TITLE,
            html=splash(notes.theme),
            width=notes.width,
            height=notes.height,
            min_size=SMALLEST,
            maximized=notes.maximised,
            text_select=True,
            zoomable=True,
        )
        self._window.events.closing += self._let_the_page_finish
        self._window.events.shown += self._close_if_asked
        if _ON_QT:
            self._window.events.before_show += self._dress
        else:
            webview.settings["ALLOW_DOWNLOADS"] = True
        if not self._closed.is_set():
            begin()
        webview.start(
            gui="qt" if _ON_QT else None,
            localization=_WORDS,
            menu=[] if _ON_QT else self._menus(webview.menu, MENUS),
            private_mode=False,
            storage_path=str(self._storage),
        )

    def load(self, url: str) -> None:
        """Go to the page; from here on the window stays at its origin. Any thread."""
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        if self._window is not None:
            self._window.load_url(url)

    def say(self, sentence: str, advice: str) -> None:
        """Show that there is no page, what happened and what to do. Any thread."""
        self._origin = ""
        if self._window is not None:
            self._window.load_html(notice(self._notes.theme, sentence, advice), "")

    def take_notice(self) -> str | None:
        """What is to be told in the page, once."""
        taken, self.told = self.told, None
        return taken

    def raise_to_front(self) -> bool:
        """Bring the window before all others; False where it is not open. Any thread."""
        window = self._window
        if window is None or not window.events.shown.is_set():
            return False
        if self._qt is not None:
            self._qt.later(self._qt.raise_to_front)
        else:
            window.restore()
            window.show()
        return True

    def ask(self, kind: Kind, folder: str, suggested: str) -> list[str]:
        """Show a dialog that begins in `folder`, and wait. Any thread but the window's."""
        if self._window is None or not self.raise_to_front():
            return []
        import webview  # noqa: PLC0415

        kinds = {"pictures": webview.FileDialog.OPEN, "folder": webview.FileDialog.FOLDER}
        chosen = self._window.create_file_dialog(
            kinds.get(kind, webview.FileDialog.SAVE),
            directory=folder,
            allow_multiple=kind == "pictures",
            save_filename=suggested,
            file_types=_PICTURES if kind == "pictures" else (),
        )
        return [chosen] if isinstance(chosen, str) else list(chosen or ())

    def close(self) -> None:
        """Close the window, so that `show` returns, also one that is only about to open. Any thread."""
        self._closed.set()
        window = self._window
        if window is not None:
            window.destroy()

    def _close_if_asked(self) -> None:
        """Called by pywebview on a thread of its own, once the window is shown."""
        if self._closed.is_set():
            self.close()

    def _dress(self) -> None:
        """Called by pywebview in Qt's thread, once the view is there."""
        from desktop.window_qt import Calls, QtSide  # noqa: PLC0415

        outside = partial(open_browser, environment=os.environ)
        theme = lambda: self.theme()  # noqa: E731, PLW0108 - what it is is named later
        calls = Calls(self._carry_out, theme, self._is_ours, outside, self._came_back, self._dropped)
        self._qt = QtSide(self._window.native, self._notes, self._downloads, calls)

    def _is_ours(self, origin: str) -> bool:
        return origin == (self._origin or "data:")

    def _came_back(self) -> None:
        """The page's process ended by itself. Called in Qt's thread."""
        if self._qt is not None and self._revivals.again():
            self.told = self._revivals.AGAIN
            self._qt.native.webview.reload()
        else:
            self.say(*self._revivals.LOST)

    def _dropped(self, paths: list[str]) -> bool:
        """Files were let go over the window. Called in Qt's thread, which does not wait for the memory."""
        if self.add_pictures is None:
            return False
        threading.Thread(target=self._add, args=(self.add_pictures, paths), daemon=True).start()
        return True

    def _add(self, add: Callable[[Sequence[str]], str | None], paths: list[str]) -> None:
        self.told = add(paths)
        self._tell("notice" if self.told else "recognise")

    def _carry_out(self, name: str) -> None:
        """A command of the menu. Called in Qt's thread, or elsewhere on one of pywebview's."""
        if name not in HERE:
            self._tell(name)
        elif self._qt is not None:
            self._qt.carry_out(name)
        elif name == "quit":
            self.close()
        elif name == "full-screen":
            self._window.toggle_fullscreen()

    def _tell(self, command: str) -> None:
        """Tell the page of a command: webui/page/src/app/menu.ts."""
        script = f"dispatchEvent(new CustomEvent('whimbrel-menu', {{detail: {json.dumps(command)}}}))"
        if self._qt is not None:
            self._qt.later(partial(self._qt.run, script))
        else:
            self._window.run_js(script)

    def _menus(self, kinds: Any, entries: Sequence[Command | Menu | None]) -> list[Any]:  # noqa: ANN401 - webview.menu
        """For the systems whose own menus have cut, copy, paste and zoom."""
        made: list[Any] = []
        for entry in entries:
            if entry is None:
                made.append(kinds.MenuSeparator())
            elif isinstance(entry, Menu):
                made.append(kinds.Menu(entry.title.replace("&", ""), self._menus(kinds, entry.entries)))
            elif entry.name not in HERE or entry.name in ("quit", "full-screen"):
                made.append(
                    kinds.MenuAction(entry.title.replace("&", ""), partial(self._carry_out, entry.name))
                )
        return made

    def _may_close(self) -> bool:
        """Asks where something would be lost. What goes on at the next start (recognising a folder, a
        training, sending, a download) is no reason to ask."""
        count = len(self.unfinished())
        if count == 0 or self._qt is None:
            return True
        what = "A file is" if count == 1 else f"{count} files are"
        return self._qt.confirm(f"{what} still being worked on. If you close now, nothing of it stays.")

    def _let_the_page_finish(self) -> bool:
        """Hide first, close a moment later: Qt tells a page that it is hidden, but not that it is closed, and
        on hiding it sends what it has not sent yet. Called by pywebview; False keeps the window for now."""
        if self._hidden.is_set():
            return True
        if not self._closed.is_set() and not self._may_close():
            return False
        self._hidden.set()
        if self._qt is not None:
            write_notes(self._file, self._qt.noted(self._notes, self.theme()))
        self._window.hide()
        threading.Timer(_LAST_WORDS_S, self.close).start()
        return False
