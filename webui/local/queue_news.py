"""Tells pages how the folder queue is doing: after every change, and once a second while records come in."""

from __future__ import annotations

import asyncio
import logging
import threading

from store.clock import Clock
from store.local.errors import StoreError
from webui.blocking import BlockingCalls, CallsClosed
from webui.local.events import EventBus
from webui.local.figure_upkeep import Later, Timer, on_running_loop
from webui.local.messages_queue import QueueJobs
from webui.local.services_queue import FolderQueue

log = logging.getLogger("whimbrel.http")
TOLD_EVERY_S = 1.0


class QueueNews:
    """Publishes the jobs of the queue as the event `queue`."""

    def __init__(
        self,
        queue: FolderQueue,
        events: EventBus,
        calls: BlockingCalls,
        clock: Clock,
        later: Later = on_running_loop,
    ) -> None:
        self._queue, self._events, self._calls = queue, events, calls
        self._clock, self._later = clock, later
        self._told = float("-inf")
        self._timer: Timer | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._one_at_a_time = threading.Lock()
        queue.listen(self.tell)

    def tell(self) -> None:
        """Tells now, on any thread but the loop's; what is told last is what was read last."""
        try:
            with self._one_at_a_time:
                self._events.publish("queue", QueueJobs(self._queue.jobs()))
        except StoreError as error:
            log.warning("the queue's state could not be told: %s", error.sentence)

    def stored(self) -> None:
        """Records were stored, maybe of the queue's pictures. For the loop's thread; takes no time."""
        if self._queue.live and self._timer is None:
            wait = max(0.0, self._told + TOLD_EVERY_S - self._clock.monotonic())
            self._timer = self._later(wait, self._ring)

    def close(self) -> None:
        """Calls off what is due."""
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer, self._told = None, self._clock.monotonic()
        task = asyncio.get_running_loop().create_task(self._tell_elsewhere())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_elsewhere(self) -> None:
        try:
            await self._calls.run(self.tell)
        except CallsClosed:
            return
