"""Tornado's loop on a thread of its own, serving one socket."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable

from tornado.httpserver import HTTPServer
from tornado.web import Application

log = logging.getLogger("whimbrel.server")
_IDLE_SECONDS = 300
_STOP_SECONDS = 10.0


class LocalServer:
    """Serves an application on a listening socket until it is stopped. Made, started and stopped once."""

    def __init__(self, make_application: Callable[[], Application], listening: socket.socket) -> None:
        """`make_application` is called on the loop's thread, with the loop running."""
        self._make_application = make_application
        self._socket = listening
        self._thread = threading.Thread(target=self._run, name="whimbrel-server", daemon=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Start the thread and return once connections are answered. Raises what kept it from that."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Take no more connections, close those that are open, and end the thread."""
        if self._loop is None or self._end is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            log.error("the server's thread did not end within %.0f s", _STOP_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
            log.exception("the server's loop ended with an error")
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = HTTPServer(self._make_application(), idle_connection_timeout=_IDLE_SECONDS)
        server.add_socket(self._socket)
        self._started.set()
        await self._end.wait()
        server.stop()
        await server.close_all_connections()
