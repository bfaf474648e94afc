"""What answers behind one listening socket: an application, in whose place another can be put."""

from __future__ import annotations

from typing import Protocol

from tornado.httputil import HTTPConnection, HTTPMessageDelegate, HTTPServerConnectionDelegate


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
        """Hands a request on."""
        return self._current.start_request(server_conn, request_conn)

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
