"""Starts Qt's browser without a window, and prints its versions and who draws WebGL in it."""

from __future__ import annotations

import json

from PySide6.QtCore import QTimer, qVersion
from PySide6.QtWebEngineCore import QWebEnginePage, qWebEngineChromiumVersion
from PySide6.QtWidgets import QApplication

_PATIENCE_MS = 20_000
_ASK = """(() => {
    const drawing = document.createElement('canvas').getContext('webgl2');
    const names = drawing?.getExtension('WEBGL_debug_renderer_info');
    return drawing && drawing.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : drawing.RENDERER);
})()"""


def look() -> int:
    """One line of JSON: qt, chromium, and renderer, which is null without WebGL. 1 where nothing comes."""
    app = QApplication(["whimbrel"])
    page = QWebEnginePage()

    def told(renderer: object) -> None:
        found = {"qt": qVersion(), "chromium": qWebEngineChromiumVersion(), "renderer": renderer}
        print(json.dumps(found), flush=True)
        app.exit(0)

    def ask(_: bool) -> None:
        page.runJavaScript(_ASK, 0, told)

    page.loadFinished.connect(ask)
    page.renderProcessTerminated.connect(lambda *_: app.exit(1))
    page.setHtml("<!doctype html>")
    QTimer.singleShot(_PATIENCE_MS, lambda: app.exit(1))
    return app.exec()
