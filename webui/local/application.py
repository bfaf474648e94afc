"""The local application: one table of routes, and what it is made of."""

from __future__ import annotations

import functools
import secrets
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import RequestHandler

from webui.base_handler import NotFoundHandler, Shared
from webui.blocking import BlockingCalls
from webui.front import Front
from webui.local import routes_retention, routes_training
from webui.local.export_jobs import ExportJobs
from webui.local.figure_upkeep import FigureUpkeep
from webui.local.job_board import JobBoard
from webui.local.memory_info import memory_info
from webui.local.model_jobs import ModelJobs
from webui.local.model_state import model_state
from webui.local.publishing_jobs import PublishingJobs
from webui.local.queue_news import QueueNews
from webui.local.route_table import Parts, route_table
from webui.local.services import LocalServices
from webui.openapi import document
from webui.rate_limits import RateLimits
from webui.routes import GuardedApplication, Route

TITLE = "Whimbrel, the local API"
MOST_BODY_BYTES = 2 * 1024 * 1024 * 1024
MOST_HEADER_BYTES = 32 * 1024
IDLE_S = 300
BODY_S = 60


class LocalApplication(GuardedApplication):
    """The application with its threads; `close` when its server stops."""

    def __init__(self, services: LocalServices) -> None:
        self._calls = BlockingCalls()
        self._events = services.events
        self._trainer = services.trainer
        board = JobBoard(services.events, functools.partial(secrets.token_hex, 8))
        self.unfinished = board.unfinished
        self._jobs = ModelJobs(services.model_sources, services.models, board)
        self._exports = ExportJobs(services.saved_exports, services.downloads, board, services.clock)
        self._publishing = PublishingJobs(services.publishing, services.downloads, board, services.events)
        self._upkeep = FigureUpkeep(services.figures, services.events, self._calls, services.clock)
        self._queue_news = QueueNews(services.queue, services.events, self._calls, services.clock)
        routes_retention.tell_of(services.upkeep, services.events, services.clock, self._let_go)
        routes_training.tell_of(services.trainer, services.events)
        parts = Parts(
            services=services,
            board=board,
            jobs=self._jobs,
            export_jobs=self._exports,
            publishing_jobs=self._publishing,
            stored=self._stored,
            describe=self.describe,
        )
        self.routes = route_table(parts)
        self._title = (TITLE, services.app_version, services.keys.cookie_name)
        shared = Shared(services.keys, self._calls, RateLimits(services.clock.monotonic))
        super().__init__(self.routes, Route("", NotFoundHandler, ()), shared)
        publish = services.events.publish
        self._stop_telling = (
            services.models.on_change(lambda: publish("model", model_state(services.models))),
            services.trials.shadow.on_change(lambda: publish("model", model_state(services.models))),
            services.memory.on_change(lambda: publish("memory", memory_info(services.memory))),
        )

    def _stored(self) -> None:
        self._upkeep.stored()
        self._queue_news.stored()

    def _let_go(self) -> None:
        self._trainer.let_go()
        self._queue_news.tell()

    @functools.cached_property
    def _document(self) -> dict[str, Any]:
        return document(self.routes, *self._title)

    def describe(self) -> dict[str, Any]:
        """The OpenAPI document, made when it is first asked for."""
        return self._document

    def log_request(self, handler: RequestHandler) -> None:
        """Writes the access log, and notes how long the answer took."""
        super().log_request(handler)
        self._upkeep.answered(handler)

    def close(self) -> None:
        """Ends the streams of events, so that connections can close, and lets the threads go."""
        for stop in self._stop_telling:
            stop()
        self._upkeep.close()
        self._queue_news.close()
        self._events.close()
        self._jobs.close()
        self._exports.close()
        self._publishing.close()
        self._calls.close()


def make_application(services: LocalServices) -> LocalApplication:
    """The application that answers the page.

    Raises:
        UnguardedRoute: a route's handler states no authentication.
    """
    return LocalApplication(services)


def make_server(application: LocalApplication | Front) -> HTTPServer:
    """An HTTP server with limits that fit one machine's page; the caller hands it its socket.

    Over `MOST_BODY_BYTES` the connection is cut; below, too large a body is read, dropped and answered 413.
    """
    return HTTPServer(
        application,
        max_body_size=MOST_BODY_BYTES,
        max_header_size=MOST_HEADER_BYTES,
        idle_connection_timeout=IDLE_S,
        body_timeout=BODY_S,
    )
