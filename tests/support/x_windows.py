"""What stands on an X screen, asked of the server itself: names of its windows, as soon as they are shown."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_VIEWABLE = 2
# A window may be gone between two questions; Xlib would end the process for that.
_GONE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda _display, _error: 0)


class _Attributes(ctypes.Structure):
    """XWindowAttributes of Xlib.h, up to what is read here."""

    _fields_ = (
        ("x, y, width, height, border, depth", ctypes.c_int * 6),
        ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong),
        ("class, gravities, backing store", ctypes.c_int * 4),
        ("backing planes and pixel", ctypes.c_ulong * 2),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int),
        ("map_state", ctypes.c_int),
        ("masks and more", ctypes.c_long * 8),
    )


class Screen:
    """A connection to an X server; for one thread."""

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._x.XSetErrorHandler(_GONE)
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        pointer = ctypes.c_void_p
        self._x.XQueryTree.argtypes = [pointer, ctypes.c_ulong, *[pointer] * 4]
        self._x.XFetchName.argtypes = [pointer, ctypes.c_ulong, pointer]
        self._x.XGetWindowAttributes.argtypes = [pointer, ctypes.c_ulong, pointer]
        self._x.XFree.argtypes = self._x.XCloseDisplay.argtypes = [pointer]
        self._display = self._x.XOpenDisplay(display.encode())
        if not self._display:
            raise RuntimeError(f"There is no X server at {display}.")

    def close(self) -> None:
        """Ends the connection."""
        self._x.XCloseDisplay(self._display)

    def shown(self) -> list[str]:
        """Names of the top windows that can be seen now (nameless ones left out)."""
        return [
            name for window in self._top_windows() if self._is_seen(window) and (name := self._name(window))
        ]

    def _top_windows(self) -> list[int]:
        ids, children, count = (ctypes.c_ulong * 2)(), ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        root = self._x.XDefaultRootWindow(self._display)
        asked = (ctypes.byref(ids), ctypes.byref(ids, 8), ctypes.byref(children), ctypes.byref(count))
        if not self._x.XQueryTree(self._display, root, *asked) or not children:
            return []
        found = children[: count.value]
        self._x.XFree(children)
        return found

    def _is_seen(self, window: int) -> bool:
        attributes = _Attributes()
        told = self._x.XGetWindowAttributes(self._display, window, ctypes.byref(attributes))
        return bool(told) and attributes.map_state == _VIEWABLE

    def _name(self, window: int) -> str:
        name = ctypes.c_char_p()
        if not self._x.XFetchName(self._display, window, ctypes.byref(name)) or name.value is None:
            return ""
        return name.value.decode("utf-8", "replace")


@contextmanager
def looking_at(display: str) -> Iterator[Screen]:
    """A connection that is closed afterwards."""
    screen = Screen(display)
    try:
        yield screen
    finally:
        screen.close()
