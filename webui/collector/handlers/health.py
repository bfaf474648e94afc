"""Whether the collector lives and can work, for whoever watches over it, and its figures for Prometheus."""

from __future__ import annotations

import ipaddress
import logging

from msgspec import Struct

from store.collector.devices import METRICS
from store.collector.figures import Figures
from webui.base_handler import Authentication
from webui.collector.collector_handler import CollectorHandler
from webui.collector.exposition import MEDIA_TYPE, exposition
from webui.collector.queued import Queued
from webui.collector.timings import RequestTimes


class Alive(Struct, frozen=True):
    """The process answers."""

    alive: bool


class Ready(Struct, frozen=True):
    """The database is reached and has the right schema."""

    ready: bool
    collector_id: str


class AliveHandler(CollectorHandler):
    """Answers as long as the process does; asks no database."""

    authentication = Authentication.NONE
    counted = False
    logged_as = logging.DEBUG

    def get(self) -> None:
        """Says so."""
        self.answer(Alive(True))


class ReadyHandler(CollectorHandler):
    """Answers 503 where requests can't be answered."""

    authentication = Authentication.NONE
    counted = False
    logged_as = logging.DEBUG

    async def get(self) -> None:
        """Looks at the database."""
        await self.call(self.collector.check)
        self.answer(Ready(True, self.collector.id.hex()))


class PrometheusHandler(CollectorHandler):
    """Totals as Prometheus' text: from this machine for everybody, from elsewhere with a token."""

    authentication = Authentication.TOKEN
    counted = False
    scope = METRICS
    logged_as = logging.DEBUG
    figures: Figures
    times: RequestTimes
    version: str
    queued: Queued | None

    async def let_in(self) -> None:
        """Asks nothing of whoever is on this machine."""
        if not ipaddress.ip_address(self.address).is_loopback:
            await super().let_in()

    async def get(self) -> None:
        """Every figure."""
        totals = await self.call(self.figures.totals)
        waiting = None if self.queued is None else await self.call(self.queued.waiting)
        self.set_header("Content-Type", MEDIA_TYPE)
        self.finish(exposition(totals, self.times, self.version, waiting))
