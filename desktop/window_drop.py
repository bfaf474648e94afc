"""Files that are let go over the window on Qt: their paths are taken, and nothing passes through the page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget


class Drops(QObject):
    """Watches a view. What has no path, such as a picture out of a browser, is left to the page."""

    def __init__(self, view: QWidget, take: Callable[[list[str]], bool]) -> None:
        """`take` gets the paths in Qt's thread, and says whether they are taken care of."""
        super().__init__(view)
        self._take = take
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """True where the page is not to see the drop; it then believes that the files were carried away."""
        if not isinstance(event, QDropEvent) or event.type() != QEvent.Type.Drop:
            return False
        paths = _paths(event.mimeData())
        if not paths or not self._take(paths):
            return False
        event.acceptProposedAction()
        QApplication.sendEvent(watched, QDragLeaveEvent())
        return True


def _paths(data: QMimeData) -> list[str]:
    urls = data.urls() if data.hasUrls() else []
    return [url.toLocalFile() for url in urls] if all(url.isLocalFile() for url in urls) else []
