"""Breaks one promise of sending from outside, to show that the suite notices. Nothing of the product helps.

- `unique`: the collector's events have no unique key.
- `echo`: the device believes any answer that looks like one: whose it is, to which batch, and whether it
  adds up, is not looked at.
- `commit`: the collector answers before its commit.
- `signature`: a device does not look whether a release's signature fits.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

import msgspec

from store.collector import ledger, schema_1
from store.collector.devices import Device
from store.collector.errors import CollectorError
from store.collector.incoming import read_batch
from store.collector.ledger import Outcome
from store.collector.service import Collector
from store.local import outbox_lease
from store.protocol import EventsRequest
from store.releases import envelope
from store.sync import verdict
from store.sync.verdict import Response, Stranger

T = TypeVar("T")
NAMES = ("unique", "echo", "commit", "signature")
_KEY = "payload TEXT,\n        PRIMARY KEY (device_id, event_id)\n"
_COMMITS_AFTER_S = 0.05


@contextmanager
def sabotaged(name: str | None) -> Iterator[None]:
    """Devices and collectors of this process are broken in this way until the block ends; None leaves them.

    Raises ValueError where the product has changed so that the sabotage would do nothing.
    """
    with contextlib.ExitStack() as held:
        for target, attribute, other in _replacements(name) if name else ():
            held.enter_context(patch.object(target, attribute, other))
        yield


def _replacements(name: str) -> list[tuple[Any, str, Any]]:
    if name == "unique":
        without = tuple(text.replace(_KEY, "payload TEXT\n") for text in schema_1._TEMPLATE)
        if without == schema_1._TEMPLATE:
            raise ValueError("the collector's schema has changed: this sabotage would do nothing")
        return [(schema_1, "_TEMPLATE", without)]
    if name == "echo":
        believing = [(module, "check", _fits) for module in (verdict, outbox_lease)]
        return [*believing, (verdict, "_told", _believed)]
    if name == "commit":
        return [(Collector, "take_from", _answer_first)]
    if name == "signature":
        return [(envelope, "_check", _fits)]
    raise ValueError(f"no sabotage is called {name!r}; there are {', '.join(NAMES)}")


def _fits(*_: object) -> None:
    return None


def _believed(response: Response, _: str, kind: type[T]) -> T | Stranger:
    try:
        return msgspec.json.decode(response.body, type=kind)
    except (msgspec.MsgspecError, UnicodeError):
        return Stranger("not-json")


def _answer_first(collector: Collector, _: Device, request: EventsRequest) -> tuple[Outcome, None]:
    batch = read_batch(request, collector.clock.now_ms())

    def commit() -> None:
        with contextlib.suppress(CollectorError):
            ledger.take(collector.database, batch)

    threading.Timer(_COMMITS_AFTER_S, commit).start()
    return Outcome(len(batch.events), 0, batch.rejected), None
