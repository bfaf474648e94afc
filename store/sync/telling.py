"""Tells the collector what was erased here, so that it lets go of it, too."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from typing import Protocol

from store.protocol import SCHEMA
from store.protocol_beside import ERASE, MOST_ERASED, EraseAnswer, EraseRequest
from store.sync.exchange import Exchange, Line
from store.sync.verdict import NOT_THERE, Refused, Retry


class Erased(Protocol):
    """Where it is remembered (`store.local.erased_sent.ErasedSent`)."""

    def count(self) -> int:
        """How many records."""

    def next(self, most: int) -> list[bytes]:
        """The ids of some."""

    def heard(self, event_ids: Collection[bytes]) -> Future[None]:
        """The collector let go of these."""


class Telling:
    """One request at a time. What was told twice, because an answer was lost, changes nothing there."""

    def __init__(self, erased: Erased, exchange: Exchange) -> None:
        self._erased = erased
        self._exchange = exchange
        self._understood = True

    def count(self) -> int:
        """How many records the collector has yet to let go of."""
        return self._erased.count()

    def waits(self) -> bool:
        """Whether there is something to tell to a collector that understands it."""
        return self._understood and bool(self._erased.next(1))

    def turn(self, line: Line) -> int | Refused:
        """Tells of some; how many those are. Raises StoreError.

        A collector that is too old to know of this is asked once in a run of the program; sending goes on.
        """
        event_ids = self._erased.next(MOST_ERASED)
        (request,) = erase_requests(line.enrolment.device_id, event_ids)
        told = self._exchange.ask(line, ERASE, request, EraseAnswer)
        if isinstance(told, EraseAnswer):
            self._erased.heard(event_ids).result()
            return len(event_ids)
        if isinstance(told, Retry) and told.code == NOT_THERE:
            self._understood = False
            return 0
        return told


def erase_requests(device_id: str, event_ids: list[bytes]) -> Iterator[EraseRequest]:
    """What was erased as requests that are not too large."""
    for first in range(0, len(event_ids), MOST_ERASED):
        ids = [event_id.hex() for event_id in event_ids[first : first + MOST_ERASED]]
        yield EraseRequest(SCHEMA, device_id, ids)
