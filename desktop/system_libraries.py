"""The system libraries that Qt's window needs on Linux. Standard library only: dev.py reads it too.

Qt ends the process, and names the wrong library, where one of them is missing; so they are looked for first.
"""

from __future__ import annotations

import ctypes
import sys

# library to look for: Debian's package that brings it
QT_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libEGL.so.1": "libegl1",
    "libnss3.so": "libnss3",
    "libasound.so.2": "libasound2",
}


def missing_qt_libraries() -> list[str]:
    """Debian names of the packages whose library this machine lacks; empty on other systems."""
    if not sys.platform.startswith("linux"):
        return []
    return [package for library, package in QT_LIBRARIES.items() if not loads(library)]


def loads(library: str) -> bool:
    """Whether the system's loader finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
