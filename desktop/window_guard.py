"""What a page in the window may not do by itself on Qt: leave, open windows, use more than the camera.

pywebview lets a page go anywhere and grants camera and microphone to everybody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtWebEngineCore import (
    QWebEngineNavigationRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
)

log = logging.getLogger(__name__)

_OUTSIDE = ("http", "https", "mailto")
_CAMERA = QWebEnginePermission.PermissionType.MediaVideoCapture


class Guard:
    """Keeps a page at the origins that `is_ours` knows; `outside` opens an address in the user's browser."""

    def __init__(
        self,
        page: Any,  # noqa: ANN401 - pywebview's
        is_ours: Callable[[str], bool],
        outside: Callable[[str], object],
    ) -> None:
        self._is_ours = is_ours
        self._outside = outside
        page.navigationRequested.connect(self._decide)
        page.featurePermissionRequested.disconnect()
        page.permissionRequested.connect(self._permit)
        page.nav_handler = self._strange = _Elsewhere(page.profile(), self._open)

    def _decide(self, request: QWebEngineNavigationRequest) -> None:
        url = request.url()
        if not request.isMainFrame() or self._is_ours(_origin(url)):
            return
        request.reject()
        log.info("the page was kept from leaving for %s", _origin(url))
        if request.navigationType() == QWebEngineNavigationRequest.NavigationType.LinkClickedNavigation:
            self._open(url)

    def _open(self, url: QUrl) -> None:
        if url.scheme() in _OUTSIDE:
            self._outside(url.toString())

    def _permit(self, permission: QWebEnginePermission) -> None:
        if self._is_ours(_origin(permission.origin())) and permission.permissionType() == _CAMERA:
            permission.grant()
        else:
            permission.deny()


class _Elsewhere(QWebEnginePage):
    """Stands for each window that the page asks for: its address is opened outside, and no window here."""

    def __init__(self, profile: QWebEngineProfile, outside: Callable[[QUrl], None]) -> None:
        super().__init__(profile)
        self._to = outside

    def acceptNavigationRequest(  # noqa: N802 - Qt's name
        self,
        url: QUrl | str,
        type: QWebEnginePage.NavigationType,  # noqa: ARG002
        isMainFrame: bool,  # noqa: N803, ARG002
    ) -> bool:
        """Never."""
        self._to(QUrl(url))
        return False


def _origin(url: QUrl) -> str:
    """`http://127.0.0.1:20000`, as the page's own `location.origin` has it; the scheme alone elsewhere."""
    port = f":{url.port()}" if url.port() > 0 else ""
    return f"{url.scheme()}://{url.host()}{port}" if url.host() else f"{url.scheme()}:"
