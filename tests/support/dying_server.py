"""`whimbrel` whose server's thread ends by itself when a line comes on standard input."""

from __future__ import annotations

import sys
import threading
from typing import NoReturn

from desktop.cli import main
from desktop.local_server import LocalServer

start = LocalServer.start


def start_and_wait(self: LocalServer) -> None:
    """Starts it, and lets a thread wait for the word."""
    start(self)
    threading.Thread(target=_end, args=(self,), daemon=True).start()


def _end(server: LocalServer) -> None:
    sys.stdin.readline()
    server.on_loop(_exit)


def _exit() -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    LocalServer.start = start_and_wait  # type: ignore[method-assign]
    sys.exit(main())
