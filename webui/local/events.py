"""Server-sent events: whoever knows something new publishes it, every open page hears it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import msgspec

HEARTBEAT = b": still here\n\n"
HEARTBEAT_S = 15.0
QUEUE_SIZE = 64
MOST_LISTENERS = 32


class TooManyListeners(Exception):  # noqa: N818 - a refusal
    """So many pages listen already that no more are taken."""


def frame(name: str, data: object) -> bytes:
    """One event as it goes over the wire; `data` becomes one line of JSON."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


class Listener:
    """One open page. Bound to the event loop it was made on; a page that falls too far behind is let go:
    it connects again and is told the present state."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    def offer(self, data: bytes) -> None:
        """Hands over a frame from any thread, without waiting."""
        self._on_loop(lambda: self._put(data))

    def end(self) -> None:
        """Ends the page's stream after what was offered so far, from any thread."""
        self._bus.forget(self)
        self._on_loop(lambda: self._frames.put_nowait(None))

    def _on_loop(self, call: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop is closed: the server has stopped
            self._bus.forget(self)

    def _put(self, data: bytes) -> None:
        if self._frames.qsize() < QUEUE_SIZE:
            self._frames.put_nowait(data)
        else:
            self.end()

    async def next(self) -> bytes | None:
        """The next frame, a heartbeat where none came for a while, or None when the stream is over."""
        try:
            async with asyncio.timeout(self._bus.heartbeat_s):
                return await self._frames.get()
        except TimeoutError:
            return HEARTBEAT


class EventBus:
    """Hands every published event to every listener; `publish` and `close` may be called from any thread."""

    def __init__(self, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.heartbeat_s = heartbeat_s
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._closed = False

    def publish(self, name: str, data: object) -> None:
        """Sends an event to all who listen now. `data` is anything that msgspec can encode."""
        with self._lock:
            listeners = list(self._listeners)
        if listeners:
            encoded = frame(name, data)
            for listener in listeners:
                listener.offer(encoded)

    def listen(self) -> Listener:
        """A new listener, on the running event loop. `Listener.end` gives it back.

        Raises:
            TooManyListeners: there are 32 already, or the server is stopping.
        """
        listener = Listener(self)
        with self._lock:
            if self._closed or len(self._listeners) >= MOST_LISTENERS:
                raise TooManyListeners
            self._listeners.add(listener)
        return listener

    def forget(self, listener: Listener) -> None:
        """Takes a listener off the list."""
        with self._lock:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Ends every stream, so that the server can stop; nobody can listen any more."""
        with self._lock:
            self._closed, listeners = True, list(self._listeners)
        for listener in listeners:
            listener.end()
