"""What is asked of a queue in its tests, and of the collector behind it."""

from __future__ import annotations

from concurrent.futures import Future

import msgspec
from collecting import value

from store.collector.ledger import Outcome
from store.collector.service import Collector
from store.protocol import EventsRequest


def body_of(request: EventsRequest) -> bytes:
    """A batch as it comes over the wire."""
    return msgspec.json.encode(request)


def heard(future: Future[Outcome]) -> Outcome:
    """What became of a batch."""
    return future.result(timeout=60)


def kept(collector: Collector) -> int:
    """How many events the collector has."""
    return int(value(collector.database, "SELECT count(*) FROM event"))
