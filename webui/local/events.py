"""Server-sent events: whoever knows something new publishes it, every open page hears it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import msgspec

HEARTBEAT = b": still here\n\n"
HEARTBEAT_S = 15.0
MOST_WAITING = 64
MOST_LISTENERS = 32


class TooManyListeners(Exception):  # noqa: N818 - a refusal
    """So many pages listen already that no more are taken."""


def frame(name: str, data: object) -> bytes:
    """One event as it goes over the wire; `data` becomes one line of JSON."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


class Listener:
    """One open page, bound to the event loop it was made on.

    An event is the present state of something, its key. A page that reads slowly finds the newest state of
    each key, in the order in which they came, and holds up nobody.
    """

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, bytes] = {}
        self._changed = asyncio.Event()
        self._over = False

    def offer(self, key: str, data: bytes) -> None:
        """Hands over a frame from any thread, without waiting."""
        self._on_loop(lambda: self._put(key, data))

    def end(self) -> None:
        """Ends the page's stream after what waits for it, from any thread."""
        self._bus.forget(self)
        self._on_loop(self._finish)

    def _on_loop(self, call: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop is closed: the server has stopped
            self._bus.forget(self)

    def _put(self, key: str, data: bytes) -> None:
        self._waiting.pop(key, None)
        self._waiting[key] = data
        self._changed.set()
        if len(self._waiting) > MOST_WAITING:
            self.end()

    def _finish(self) -> None:
        self._over = True
        self._changed.set()

    async def next(self) -> bytes | None:
        """The next frame, a heartbeat where none came for a while, or None when the stream is over."""
        try:
            async with asyncio.timeout(self._bus.heartbeat_s):
                await self._changed.wait()
        except TimeoutError:
            return HEARTBEAT
        if not self._waiting:
            return None
        oldest = self._waiting.pop(next(iter(self._waiting)))
        if not self._waiting and not self._over:
            self._changed.clear()
        return oldest


class EventBus:
    """Hands every published event to every listener; `publish` and `close` may be called from any thread."""

    def __init__(self, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.heartbeat_s = heartbeat_s
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._closed = False

    def publish(self, name: str, data: object, key: str = "") -> None:
        """Tells all who listen now the state of something: of `name`, or of one of several by its `key`.

        `data` is anything that msgspec can encode. It replaces what a listener has not read yet of the same.
        """
        with self._lock:
            listeners = list(self._listeners)
        if listeners:
            encoded = frame(name, data)
            for listener in listeners:
                listener.offer(f"{name}/{key}", encoded)

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
