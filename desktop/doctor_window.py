"""What the doctor looks at of the window: its libraries, its browser, and who draws in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from desktop.data_folder import DataFolder
from desktop.findings import Finding
from desktop.system_libraries import missing_qt_libraries
from desktop.window import why_no_window
from store.frozen import is_frozen

LOOK = "--look-at-window"
_DEBUGGER = "QTWEBENGINE_REMOTE_DEBUGGING"  # whose port the running window has
_PATIENCE_S = 60
_IN_SOFTWARE = ("SwiftShader", "llvmpipe", "softpipe", "Basic Render")


def check_window(_: DataFolder) -> Iterator[Finding]:
    """Whether a window of its own can be opened, and with what."""
    reason = why_no_window(os.environ)
    if reason is not None:
        missing = missing_qt_libraries()
        advice = f"As root: apt-get install {' '.join(missing)}" if missing else ""
        yield Finding("note", f"No window of its own, because {reason}; the browser is used instead", advice)
    elif sys.platform.startswith("linux"):
        yield from _qt()
    else:
        yield Finding("ok", "A window can be opened")


def _qt() -> Iterator[Finding]:
    """Asks a process of its own: where Qt's browser can't start, it takes the process with it."""
    told = _look()
    if told is None:
        yield Finding(
            "problem",
            "The window's browser does not start here",
            "Use `whimbrel serve` and a browser; QTWEBENGINE_CHROMIUM_FLAGS=--disable-gpu may help.",
        )
        return
    yield Finding("ok", f"A window can be opened: Qt {told['qt']} with Chromium {told['chromium']}")
    renderer = told["renderer"]
    if renderer is None:
        yield Finding("note", "The window has no WebGL; pictures are recognised by WASM, which needs none")
    elif any(name in renderer for name in _IN_SOFTWARE):
        yield Finding("ok", f"WebGL is computed without a graphics card ({renderer}); WASM is quicker here")
    else:
        yield Finding("ok", f"WebGL is drawn by {renderer}")


def _look() -> dict[str, Any] | None:
    command = [sys.executable, *(() if is_frozen() else ("-m", "desktop.cli")), "doctor", LOOK]
    environment = {name: value for name, value in os.environ.items() if name != _DEBUGGER}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, env=environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
    return found
