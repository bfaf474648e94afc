"""Whimbrel's own window: the only import of pywebview.

No js_api: it needs eval, which the page's policy forbids. The window loads the one-use link like any browser.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from desktop.display import has_display
from desktop.system_libraries import missing_qt_libraries
from desktop.window_dialogs import Kind
from desktop.window_downloads import save_downloads

TITLE = "Whimbrel"
_SIZE = (1280, 860)
_SMALLEST = (360, 480)
_GROUND = "#f4f3f0"
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
    """One window on one address; `show` blocks on the main thread until it is closed."""

    def __init__(self, url: str, storage: Path, downloads: Path) -> None:
        """`url` is a fresh one-use link; `storage` keeps the page's caches and permissions between starts;
        `downloads` gets what the page saves (on Qt; elsewhere the system asks where to)."""
        self._url = url
        self._storage = storage
        self._downloads = downloads
        self._window: Any = None
        self._hidden = threading.Event()

    def show(self) -> None:
        """Open the window and return when it is closed. Main thread only. Raises WindowError."""
        try:
            os.environ.setdefault("QT_API", "pyside6")
            import webview  # noqa: PLC0415 - heavy, and only where there is a display

            self._window = webview.create_window(
                TITLE,
                self._url,
                width=_SIZE[0],
                height=_SIZE[1],
                min_size=_SMALLEST,
                background_color=_GROUND,
                text_select=True,
                zoomable=True,
            )
            self._window.events.closing += self._let_the_page_finish
            if _ON_QT:
                self._window.events.before_show += self._take_downloads
            else:
                webview.settings["ALLOW_DOWNLOADS"] = True
            webview.start(
                gui="qt" if _ON_QT else None,
                localization=_WORDS,
                private_mode=False,
                storage_path=str(self._storage),
            )
        except ImportError as error:
            raise WindowError(f"the window library can't be loaded ({error})") from error
        except Exception as error:
            raise WindowError(f"the window library failed ({error})") from error
        finally:
            self._window = None

    def raise_to_front(self) -> bool:
        """Bring the window before all others; False where it is not open. Any thread."""
        window = self._window
        if window is None or not window.events.shown.is_set():
            return False
        in_gui_thread = getattr(window.native, "create_window_trigger", None)
        if in_gui_thread is not None:
            in_gui_thread.emit(partial(_raise_qt, window.native))
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
        """Close the window, so that `show` returns. Any thread."""
        window = self._window
        if window is not None:
            window.destroy()

    def _take_downloads(self) -> None:
        """Called by pywebview in Qt's thread, once the view is there."""
        save_downloads(self._window.native.webview, self._downloads)

    def _let_the_page_finish(self) -> bool:
        """Hide first, close a moment later: Qt tells a page that it is hidden, but not that it is closed, and
        on hiding it sends what it has not sent yet. Called by pywebview; False keeps the window for now."""
        if self._hidden.is_set():
            return True
        self._hidden.set()
        self._window.hide()
        threading.Timer(_LAST_WORDS_S, self.close).start()
        return False


def _raise_qt(native: Any) -> None:  # noqa: ANN401 - Qt's QMainWindow
    """Keeps a maximised window maximised, which pywebview's own `restore` does not."""
    from qtpy.QtCore import Qt  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    native.setWindowState(native.windowState() & ~Qt.WindowState.WindowMinimized)
    native.show()
    native.raise_()
    native.activateWindow()
