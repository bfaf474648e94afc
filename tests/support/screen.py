"""A screen for real windows: Xvfb, and the environment in which Qt's browser runs on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

# What a machine without a GPU needs, and root without a sandbox: for tests only.
QT_FOR_TESTS = {
    "QT_API": "pyside6",
    "QTWEBENGINE_FORCE_USE_GBM": "0",
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --ignore-gpu-blocklist",
}


def skip_without_window() -> None:
    """Skip where no window can be opened, naming what is missing."""
    from desktop.system_libraries import missing_qt_libraries

    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: `apt-get install xvfb` (or run dev.py test as root).")
    for library in ("webview", "PySide6"):
        if find_spec(library) is None:
            pytest.skip(f"{library} is not installed: dev.py test installs it.")
    if missing := missing_qt_libraries():
        pytest.skip(f"Qt's window needs system libraries: apt-get install {' '.join(missing)}")


def skip_without_hand() -> None:
    """Skip where nothing can press keys and the mouse."""
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool is not installed: `apt-get install xdotool` (or run dev.py test as root).")


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """A running X server; yields the environment that names it."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            raise RuntimeError("Xvfb ended before it had a display.")
        yield {**os.environ, **QT_FOR_TESTS, "DISPLAY": f":{number}"}
    finally:
        server.terminate()
        server.wait(timeout=10)
