"""The collector's application: one table of routes, and what it is made of."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable, Sequence
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import RequestHandler

from store.collector.service import Collector
from webui.base_handler import BaseHandler, Shared
from webui.blocking import BlockingCalls
from webui.collector.crowd import MOST, Crowd
from webui.collector.queued import MOST_AT_ONCE, Queued
from webui.collector.route_table import Parts, route_table
from webui.collector.team_handler import COOKIE, NothingHere
from webui.collector.timings import RequestTimes
from webui.openapi import document
from webui.rate_limits import RateLimits
from webui.routes import GuardedApplication, Route

TITLE = "Whimbrel, the collector's API"
MOST_BODY_BYTES = 64 * 1024 * 1024
MOST_HEADER_BYTES = 32 * 1024
IDLE_S = 75
BODY_S = 120
THREADS = 8
READING_THREADS = 2  # for figures and exports


class NoCookies:
    """The gate of what handlers have of a local server: nobody comes in by its cookie or link."""

    cookie_name = "whimbrel"

    def verify_cookie(self, value: str | None) -> bool:  # noqa: ARG002 - the gate's signature
        """No cookie is one of ours."""
        return False

    def redeem_link(self, key: str) -> bool:  # noqa: ARG002
        """No link is one of ours."""
        return False


class CollectorApplication(GuardedApplication):
    """The application with its threads; `close` when its server stops."""

    def __init__(
        self,
        collector: Collector,
        app_version: str,
        random_below: Callable[[int], int],
        queued: Queued | None = None,
    ) -> None:
        self._calls = BlockingCalls(THREADS)
        self._reading = BlockingCalls(READING_THREADS)
        self._app_version = app_version
        self.times = RequestTimes()
        self.crowd = Crowd(random_below, MOST if queued is None else MOST_AT_ONCE)
        parts = Parts(collector, self.crowd, self._reading, self.times, app_version, self.describe, queued)
        self.routes = route_table(parts)
        shared = Shared(NoCookies(), self._calls, RateLimits(collector.clock.monotonic))
        handed = {"collector": collector, "crowd": self.crowd}
        super().__init__(self.routes, Route("", NothingHere, (), handed), shared)

    @functools.cached_property
    def _document(self) -> dict[str, Any]:
        return document(self.routes, TITLE, self._app_version, COOKIE, tokens=True)

    def describe(self) -> dict[str, Any]:
        """The OpenAPI document, made when it is first asked for."""
        return self._document

    def log_request(self, handler: RequestHandler) -> None:
        """Writes the access log, and notes how long the answer took."""
        super().log_request(handler)
        request = handler.request
        route = handler.route if isinstance(handler, BaseHandler) else ""
        self.times.note(request.method or "", route, handler.get_status(), request.request_time())

    def close(self) -> None:
        """Lets the threads go."""
        self._calls.close()
        self._reading.close()


def make_server(
    application: CollectorApplication, tls: ssl.SSLContext | None = None, proxies: Sequence[str] | None = None
) -> HTTPServer:
    """An HTTP server; the caller hands it its sockets. With `proxies`, the addresses of those in front of it,
    what they say of where a request comes from is believed."""
    return HTTPServer(
        application,
        ssl_options=tls,
        xheaders=proxies is not None,
        trusted_downstream=list(proxies or ()),
        max_body_size=MOST_BODY_BYTES,
        max_header_size=MOST_HEADER_BYTES,
        idle_connection_timeout=IDLE_S,
        body_timeout=BODY_S,
    )
