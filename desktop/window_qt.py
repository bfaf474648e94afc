"""What Qt does for the window beyond pywebview: menu, place, zoom, the guard, and a page that comes back."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QIcon
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop.window_downloads import save_downloads
from desktop.window_drop import Drops
from desktop.window_guard import Guard
from desktop.window_menu_qt import add_menu
from desktop.window_notes import WindowNotes, on_screen
from desktop.window_splash import GROUNDS

log = logging.getLogger(__name__)

_ZOOMS = (0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
_EDITS = {
    "cut": QWebEnginePage.WebAction.Cut,
    "copy": QWebEnginePage.WebAction.Copy,
    "paste": QWebEnginePage.WebAction.Paste,
    "select-all": QWebEnginePage.WebAction.SelectAll,
}


@dataclass(frozen=True)
class Calls:
    """What the window is told by Qt. `crashed` comes when the page's process ended by itself."""

    carry_out: Callable[[str], None]
    theme: Callable[[], str]
    is_ours: Callable[[str], bool]
    outside: Callable[[str], object]
    crashed: Callable[[], None]
    dropped: Callable[[list[str]], bool]


def prepare(icon: Path | None) -> None:
    """Start Qt and its browser before pywebview does, whose flags would grant the camera to everybody."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("whimbrel")
    QGuiApplication.setDesktopFileName("whimbrel")
    if icon is not None:
        QGuiApplication.setWindowIcon(QIcon.fromTheme("whimbrel", QIcon(str(icon))))
    QWebEngineProfile.defaultProfile()


class QtSide:
    """One window of pywebview's on Qt. Every method in Qt's thread, but `later`."""

    def __init__(self, native: Any, notes: WindowNotes, downloads: Path, calls: Calls) -> None:  # noqa: ANN401 - pywebview's QMainWindow
        self.native = native
        self._zoom = notes.zoom
        page = native.webview.page()
        page.setBackgroundColor(QColor(GROUNDS[_shade(notes.theme)]))
        save_downloads(native.webview, downloads)
        self._guard = Guard(page, calls.is_ours, calls.outside)
        page.renderProcessTerminated.connect(lambda how, code: self._ended(how, code, calls.crashed))
        page.loadFinished.connect(lambda _: native.webview.setZoomFactor(self._zoom))
        self._drops = Drops(native.webview, calls.dropped)
        add_menu(native, calls.carry_out, calls.theme)
        self._put(on_screen(notes, [_rectangle(screen) for screen in QGuiApplication.screens()]))

    def later(self, call: Callable[[], object]) -> None:
        """Carry out a call in Qt's thread; from any thread."""
        self.native.create_window_trigger.emit(call)

    def carry_out(self, name: str) -> None:
        """One of the commands that are carried out here."""
        view = self.native.webview
        if name in _EDITS:
            view.page().triggerAction(_EDITS[name])
        elif name == "quit":
            self.native.close()
        elif name == "full-screen":
            self.native.setWindowState(self.native.windowState() ^ Qt.WindowState.WindowFullScreen)
        else:
            self._zoom = next_zoom(view.zoomFactor(), name)
            view.setZoomFactor(self._zoom)

    def run(self, script: str) -> None:
        """Run a script in the page."""
        self.native.webview.page().runJavaScript(script)

    def raise_to_front(self) -> None:
        """Keeps a maximised window maximised, which pywebview's own `restore` does not."""
        self.native.setWindowState(self.native.windowState() & ~Qt.WindowState.WindowMinimized)
        self.native.show()
        self.native.raise_()
        self.native.activateWindow()

    def confirm(self, sentence: str) -> bool:
        """Ask whether to close all the same."""
        box = QMessageBox(QMessageBox.Icon.Question, "Close Whimbrel?", sentence, parent=self.native)
        closes = box.addButton("Close now", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton("Go on", QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is closes

    def noted(self, notes: WindowNotes, theme: str) -> WindowNotes:
        """How the window is now."""
        place = self.native.normalGeometry()
        if not place.isValid():
            place = self.native.geometry()
        return replace(
            notes,
            x=place.x(),
            y=place.y(),
            width=place.width(),
            height=place.height(),
            maximised=self.native.isMaximized(),
            zoom=round(self.native.webview.zoomFactor(), 2),
            theme=theme,
        )

    def _put(self, notes: WindowNotes) -> None:
        place = QRect(notes.x or 0, notes.y or 0, notes.width, notes.height)
        if notes.x is None or notes.y is None:
            place.moveCenter(QGuiApplication.primaryScreen().availableGeometry().center())
        self.native.setGeometry(place)

    def _ended(
        self, how: QWebEnginePage.RenderProcessTerminationStatus, code: int, told: Callable[[], None]
    ) -> None:
        if how != QWebEnginePage.RenderProcessTerminationStatus.NormalTerminationStatus:
            log.error("the page's process ended by itself (%s, %d)", how.name, code)
            QTimer.singleShot(0, told)


def next_zoom(present: float, way: str) -> float:
    """The zoom after a step in, out, or back to the usual size."""
    if way == "zoom-in":
        return next((zoom for zoom in _ZOOMS if zoom > present + 0.01), _ZOOMS[-1])
    if way == "zoom-out":
        return next((zoom for zoom in reversed(_ZOOMS) if zoom < present - 0.01), _ZOOMS[0])
    return 1.0


def _shade(theme: str) -> str:
    if theme in GROUNDS:
        return theme
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def _rectangle(screen: Any) -> tuple[int, int, int, int]:  # noqa: ANN401 - QScreen
    place = screen.availableGeometry()
    return place.x(), place.y(), place.width(), place.height()
