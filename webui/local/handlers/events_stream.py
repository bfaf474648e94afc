"""`GET /api/events`: server-sent events."""

from __future__ import annotations

from tornado.iostream import StreamClosedError

from webui import problems
from webui.base_handler import Authentication
from webui.local.events import EventBus, Listener, TooManyListeners, frame
from webui.local.local_handler import LocalHandler
from webui.local.memory_info import MemoryHealth, memory_info
from webui.local.model_state import model_state
from webui.local.services import ModelService
from webui.problems import Problem

RECONNECT_MS = 2000


class EventsHandler(LocalHandler):
    """Holds the connection open; says first how the model and the memory are, then what changes."""

    authentication = Authentication.COOKIE
    timed = False
    events: EventBus
    models: ModelService
    memory: MemoryHealth
    _listener: Listener | None = None

    async def get(self) -> None:
        """Events such as `model`, `records` and `queue`; comments where there is nothing to tell."""
        self._listener = self._listen()
        try:
            self.set_header("Content-Type", "text/event-stream; charset=utf-8")
            self.write(f"retry: {RECONNECT_MS}\n\n")
            self.write(frame("model", await self.call(model_state, self.models)))
            self.write(frame("memory", memory_info(self.memory)))
            await self.flush()
            while (data := await self._listener.next()) is not None:
                self.write(data)
                await self.flush()
        except StreamClosedError:
            return
        finally:
            self._listener.end()

    def _listen(self) -> Listener:
        try:
            return self.events.listen()
        except TooManyListeners:
            raise Problem(
                problems.BUSY,
                "Too many pages listen for news already.",
                "Close some of Whimbrel's tabs.",
                {"Retry-After": "30"},
            ) from None

    def on_connection_close(self) -> None:
        """Lets go of the page that went away."""
        super().on_connection_close()
        if self._listener is not None:
            self._listener.end()
