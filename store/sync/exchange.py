"""One question to the enrolled collector and what its answer means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Struct

from store.clock import Clock
from store.sync.forms import Enrolment
from store.sync.transport import Part, Transport
from store.sync.verdict import Refused, Response, answered

T = TypeVar("T")
_WEIGHT = 0.3  # of the newest speed among those before


class Line(Struct, frozen=True):
    """To whom, and as whom."""

    enrolment: Enrolment
    token: str


class Exchange:
    """Sends, and measures how fast the link is: `bytes_per_s` is of JSON, before it is compressed."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self.bytes_per_s: float | None = None

    def post(self, line: Line, path: str, body: bytes) -> Response:
        """Sends a body that is JSON already."""
        return self._timed(
            len(body), lambda: self._transport.post(line.enrolment.url + path, body, line.token)
        )

    def ask(self, line: Line, path: str, request: Struct, kind: type[T]) -> T | Refused:
        """Sends a request; a `kind` where the collector answered it, else what to do now."""
        body = msgspec.json.encode(request)
        response = self.post(line, path, body)
        return answered(response, line.enrolment.collector_id, kind, len(body), self._clock.now_ms())

    def look(self, line: Line, path: str, kind: type[T]) -> T | Refused:
        """Asks for something; a `kind` where the collector answered it, else what to do now."""
        response = self._transport.get(line.enrolment.url + path, line.token)
        return answered(response, line.enrolment.collector_id, kind, 0, self._clock.now_ms())

    def fetch(self, url: str, token: str | None, part: Part | None = None) -> Response:
        """A file as it is, or a part of it; a token only for the collector itself."""
        return self._transport.get(url, token, part)

    def _timed(self, size: int, send: Callable[[], Response]) -> Response:
        started = self._clock.monotonic()
        response = send()
        took = self._clock.monotonic() - started
        if response.status and took > 0:
            speed = size / took
            before = speed if self.bytes_per_s is None else self.bytes_per_s
            self.bytes_per_s = before + _WEIGHT * (speed - before)
        return response
