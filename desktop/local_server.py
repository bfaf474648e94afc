"""Tornado's loop on a thread of its own, serving one socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

from tornado.httpserver import HTTPServer

log = logging.getLogger("whimbrel.server")
_STOP_SECONDS = 10.0


class LocalServer:
    """Serves a listening socket until it is stopped. Made, started and stopped once."""

    def __init__(
        self,
        make_server: Callable[[], HTTPServer],
        listening: socket.socket,
        before_closing: Callable[[], None],
    ) -> None:
        """`make_server` is called on the loop's thread with the loop running; `before_closing` there too,
        when no new connection is taken any more and the open ones are about to be closed."""
        self._make_server = make_server
        self._before_closing = before_closing
        self._socket = listening
        self._thread = threading.Thread(target=self._run, name="whimbrel-server", daemon=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self.died: Callable[[], None] = lambda: None
        """Called on the server's thread, last of all, where it ends unasked."""

    def start(self) -> None:
        """Start the thread and return once connections are answered. Raises what kept it from that."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def on_loop(self, call: Callable[[], None]) -> None:
        """Carry out a call on the loop's thread and wait for it; nothing where the server has stopped."""
        if self._loop is None or not self._thread.is_alive():
            return
        done: Future[None] = Future()

        def carry_out() -> None:
            try:
                call()
            finally:
                done.set_result(None)

        self._loop.call_soon_threadsafe(carry_out)
        done.result(_STOP_SECONDS)

    def stop(self) -> None:
        """Take no more connections, close those that are open, and end the thread. Twice is once."""
        if self._loop is None or self._end is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop ended by itself
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            log.error("the server's thread did not end within %.0f s", _STOP_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._started.is_set():
                raise  # nobody waits for the start any more: `threading.excepthook` hears of it
            self._failure = error
            log.exception("the server's loop ended with an error")
        finally:
            self._socket.close()
            served = self._started.is_set()
            self._started.set()
            if served and self._end is not None and not self._end.is_set():
                self.died()

    async def _serve(self) -> None:
        end = asyncio.Event()
        server = self._make_server()
        server.add_socket(self._socket)
        self._loop, self._end = asyncio.get_running_loop(), end
        self._started.set()
        await end.wait()
        server.stop()
        self._before_closing()
        await server.close_all_connections()
