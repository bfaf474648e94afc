"""Batches that go to the database by way of the queue: the answer waits for the commit all the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from store.collector.ledger import Outcome
from store.queue.asking import Asking
from store.queue.forms import QueueAway
from webui.blocking import BlockingCalls
from webui.collector.refusals import crowded

log = logging.getLogger("whimbrel.queue")
MOST_AT_ONCE = 128  # requests that wait for the queue hold neither a thread nor a connection to the database
WAIT_S = 30.0  # less than devices and nginx wait for an answer
LONGEST_BREAK_S = 30


class Queued:
    """Keeps batches by the queue. `random_below(n)` gives a number from 0 to n - 1."""

    def __init__(self, asking: Asking, random_below: Callable[[int], int], wait_s: float = WAIT_S) -> None:
        self._asking = asking
        self._random_below = random_below
        self._wait_s = wait_s

    async def keep(self, calls: BlockingCalls, body: bytes) -> Outcome | None:
        """What became of a batch, after the commit; None where the queue is away and it was not kept by it.

        Raises Problem (503) where it takes too long: the batch stays in the queue, and the device, which
        sends it again, is told that it is there. Raises what `outcome_of` raises, Busy, and CallsClosed.
        """
        try:
            future = await calls.run(self._asking.ask, body)
            return await asyncio.wait_for(asyncio.wrap_future(future), self._wait_s)
        except QueueAway as away:
            log.warning("the queue does not answer (%s); the batch goes to the database itself", away)
            return None
        except TimeoutError:
            raise crowded(1 + self._random_below(LONGEST_BREAK_S)) from None

    def waiting(self) -> int | None:
        """How many batches wait, for whoever watches over it; None where the queue does not say."""
        return self._asking.waiting()
