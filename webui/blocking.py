"""Keeps what blocks (the database, the disk, a window) off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 4


class CallsClosed(Exception):  # noqa: N818 - reads as the state that it is
    """The program is closing: a request that came in meanwhile is not carried out any more."""


class BlockingCalls:
    """A few threads that run blocking calls for handlers."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="whimbrel-http")
        self._closed = False

    async def run(self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What `call` returns, or raises, when it ran on one of the threads. Raises CallsClosed."""
        if self._closed:
            raise CallsClosed
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*arguments, **named))

    def close(self) -> None:
        """Lets what runs end, and takes nothing more. On the loop's thread, as `run`."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
