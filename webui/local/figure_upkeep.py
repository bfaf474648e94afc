"""Keeps figures fresh: tells pages that there is something new, and adds up when it is calm.

Everything here is for the loop's thread and takes no time there; the work itself runs on other threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from tornado.web import RequestHandler

from store.clock import Clock
from webui.base_handler import BaseHandler
from webui.blocking import BlockingCalls, CallsClosed
from webui.local.events import EventBus
from webui.local.services_figures import FigureStore

log = logging.getLogger("whimbrel.http")
TOLD_EVERY_S = 1.0  # pages hear at most so often that there are new records
CALM_S = 2.0  # so long nothing was stored before records are added up
MEASURED_S = 60.0  # so long what was measured may wait to be written
WORK_S = 5.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class Timer(Protocol):
    """Something that will happen, and may be called off."""

    def cancel(self) -> None:
        """Calls it off."""


Later = Callable[[float, Callable[[], None]], Timer]


def on_running_loop(seconds: float, call: Callable[[], None]) -> Timer:
    """Calls later on the loop that runs."""
    return asyncio.get_running_loop().call_later(seconds, call)


class FigureUpkeep:
    """Hears of stored records and of answered requests."""

    def __init__(
        self,
        figures: FigureStore,
        events: EventBus,
        calls: BlockingCalls,
        clock: Clock,
        later: Later = on_running_loop,
    ) -> None:
        self._figures, self._events, self._calls = figures, events, calls
        self._clock, self._later = clock, later
        self._told = self._stored = float("-inf")
        self._timers: dict[str, Timer] = {}
        self._work: asyncio.Task[None] | None = None

    def stored(self) -> None:
        """Something that figures count was stored, changed or erased."""
        now = self._clock.monotonic()
        self._stored = now
        self._once("tell", max(0.0, self._told + TOLD_EVERY_S - now), self._tell)
        self._once("add up", CALM_S, self._add_up_when_calm)

    def answered(self, handler: RequestHandler) -> None:
        """Notes how long a request took; by its route's pattern, since addresses have no end."""
        if not isinstance(handler, BaseHandler) or not handler.timed:
            return
        request = handler.request
        method = request.method if request.method in _METHODS else "OTHER"
        status = f"{handler.get_status() // 100}xx"
        self._figures.note_request(method, handler.route, status, request.request_time())
        self._once("measured", MEASURED_S, self._start_work)

    def close(self) -> None:
        """Calls off what is due; the last measurements go to the writer."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._figures.close()

    def _once(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        """Calls later, unless that is due already."""
        if name not in self._timers:
            self._timers[name] = self._later(seconds, lambda: self._ring(name, call))

    def _ring(self, name: str, call: Callable[[], None]) -> None:
        self._timers.pop(name, None)
        call()

    def _tell(self) -> None:
        self._told = self._clock.monotonic()
        self._events.publish("records", {"at": self._clock.now_ms()})

    def _add_up_when_calm(self) -> None:
        calm = self._clock.monotonic() - self._stored
        if calm < CALM_S:
            self._once("add up", CALM_S - calm, self._add_up_when_calm)
        else:
            self._start_work()

    def _start_work(self) -> None:
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._add_up())

    async def _add_up(self) -> None:
        try:
            if not await self._calls.run(self._figures.catch_up, WORK_S):
                self._once("add up", CALM_S, self._add_up_when_calm)
        except CallsClosed:
            pass
        except Exception:
            log.exception("the figures could not be brought up to date")
