"""SIGINT and SIGTERM, also while the main thread sits in a window's loop that runs no Python."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


def on_stop_signal(stop: Callable[[], None]) -> None:
    """Call `stop` on a thread of its own, once, when the process is asked to end. Main thread only.

    Python's own handlers run between two bytecodes of the main thread; the wake-up socket is written by the
    C handler at once.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    for number in STOPPING:
        signal.signal(number, _noted)
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    threading.Thread(
        target=_wait, args=(reading, writing, stop), name="whimbrel-signals", daemon=True
    ).start()


def _wait(reading: socket.socket, writing: socket.socket, stop: Callable[[], None]) -> None:
    """`writing` is held here so that it stays open as long as signals may come."""
    numbers = {int(number) for number in STOPPING}
    while writing.fileno() >= 0:
        if numbers & set(reading.recv(64)):
            stop()
            return


def _noted(number: int, _frame: FrameType | None) -> None:
    """The thread does the work; from here on a second signal of this kind ends the process at once."""
    signal.signal(number, signal.SIG_DFL)
