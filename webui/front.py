"""What answers behind one listening socket: an application, in whose place another can be put."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)


class Closable(Protocol):
    """An application with threads and streams of its own."""

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Takes a request."""

    def on_close(self, server_conn: object) -> None:
        """A connection is gone."""

    def close(self) -> None:
        """Ends its streams and threads; on the loop's thread."""


class Front(HTTPServerConnectionDelegate):
    """Hands every request to the application of the moment. To be used on the loop's thread."""

    def __init__(self, first: Closable) -> None:
        self._current = first

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Hands a request on, when it comes: an open connection is asked for the next one long before."""
        return _NextRequest(lambda: self._current.start_request(server_conn, request_conn))

    def on_close(self, server_conn: object) -> None:
        """Tells that a connection is gone."""
        self._current.on_close(server_conn)

    def turn_to(self, application: Closable) -> None:
        """Puts another application in the place of the present one, which is closed."""
        before, self._current = self._current, application
        before.close()

    def close(self) -> None:
        """Closes the application of the moment."""
        self._current.close()


class _NextRequest(HTTPMessageDelegate):
    """A request that may come on a connection, for the application that answers then."""

    def __init__(self, begin: Callable[[], HTTPMessageDelegate]) -> None:
        self._begin = begin
        self._begun: HTTPMessageDelegate | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """The request is here."""
        self._begun = self._begin()
        return self._begun.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of its body."""
        return None if self._begun is None else self._begun.data_received(chunk)

    def finish(self) -> None:
        """All of it was read."""
        if self._begun is not None:
            self._begun.finish()

    def on_connection_close(self) -> None:
        """Who asked is gone."""
        if self._begun is not None:
            self._begun.on_connection_close()
