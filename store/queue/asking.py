"""The queue as an instance uses it: batches go in, and a thread hears what became of them."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future

import msgspec

from store.clock import Clock
from store.collector.ledger import Outcome
from store.queue.forms import Line, QueueAway, Told, asked, outcome_of

log = logging.getLogger("whimbrel.queue")
LISTEN_S = 1.0
_PAUSE_S = 0.5
_ID_BYTES = 16


class Asking:
    """One instance's batches in the queue. `listen` runs on a thread of its own until `ended`."""

    def __init__(self, line: Line, clock: Clock, new_id: Callable[[int], bytes] = os.urandom) -> None:
        self._line = line
        self._clock = clock
        self._new_id = new_id
        self._lock = threading.Lock()
        self._open: dict[bytes, Future[Outcome]] = {}

    def ask(self, body: bytes) -> Future[Outcome]:
        """Puts a batch into the queue; the future gets what became of it, after the commit.

        Raises QueueAway, Busy. The future gets what `outcome_of` raises, and QueueAway where the queue went
        away meanwhile. Who does not want to wait any longer cancels it; the batch stays in the queue.
        """
        ask_id = self._new_id(_ID_BYTES)
        future: Future[Outcome] = Future()
        with self._lock:
            self._open[ask_id] = future
        future.add_done_callback(lambda _: self._forget(ask_id))
        try:
            self._line.put(asked(ask_id, self._line.name, self._clock.now_ms(), body))
        except BaseException:
            future.cancel()
            raise
        return future

    def waiting(self) -> int | None:
        """How many batches are in the queue, from all instances; None where it does not say."""
        try:
            return self._line.waiting()
        except QueueAway:
            return None

    def listen(self, ended: threading.Event) -> None:
        """Hands answers to those who wait for them."""
        while not ended.is_set():
            try:
                told = self._line.answer(LISTEN_S)
            except QueueAway as away:
                self._give_up(away)
                ended.wait(_PAUSE_S)
                continue
            if told is not None:
                self._hear(told)

    def _hear(self, answer: bytes) -> None:
        try:
            told = msgspec.msgpack.decode(answer, type=Told)
        except msgspec.MsgspecError:
            log.warning("what came back from the queue is no answer")
            return
        with self._lock:
            future = self._open.get(told.id)
        if future is None or not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(outcome_of(told))
        except Exception as failure:
            future.set_exception(failure)

    def _give_up(self, away: QueueAway) -> None:
        with self._lock:
            futures = list(self._open.values())
        for future in futures:
            if future.set_running_or_notify_cancel():
                future.set_exception(away)

    def _forget(self, ask_id: bytes) -> None:
        with self._lock:
            self._open.pop(ask_id, None)
