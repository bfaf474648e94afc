"""A collector on a real database, and devices that send it batches as the wire has them."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
from local_records import NOW

from store.collector.database import CollectorDatabase
from store.collector.devices import Admitted, Newcomer
from store.collector.service import Collector
from store.ids import id_text
from store.protocol import Dropped, EventsRequest


@dataclass
class Sender:
    """A device with a queue of its own. `token` and `device_id` are what the collector gave it."""

    admitted: Admitted
    epoch: bytes = b"e" * 16
    seqs: Any = field(default_factory=lambda: itertools.count(1))
    consent: int = 0
    waiting: int | None = None
    sent_at: int = NOW

    @property
    def device_id(self) -> bytes:
        return self.admitted.device_id

    def event(self, record: object, *, event_id: bytes | None = None, **others: Any) -> dict[str, Any]:
        """One event with the next number; its id follows from that unless one is given."""
        seq = others.pop("seq", None) or next(self.seqs)
        return {
            "event_id": (event_id or event_id_of(seq)).hex(),
            "seq": seq,
            "kind": "inference",
            "session_id": "s1",
            "ts": NOW - 1000,
            "received_at": NOW - 900,
            "record": record,
            **others,
        }

    def batch(
        self, *events: dict[str, Any], dropped: tuple[Dropped, ...] = (), **others: Any
    ) -> EventsRequest:
        """A batch of events, read as the collector reads it."""
        body = {
            "schema": 1,
            "batch_id": "b" * 32,
            "device_id": self.device_id.hex(),
            "queue_epoch": self.epoch.hex(),
            "sent_at": self.sent_at,
            "first_seq": events[0]["seq"] if events else 0,
            "last_seq": events[-1]["seq"] if events else 0,
            "consent": self.consent,
            "waiting": self.waiting,
            "dropped": [msgspec.to_builtins(each) for each in dropped],
            "events": list(events),
            **others,
        }
        return msgspec.json.decode(json.dumps(body), type=EventsRequest)

    def records(self, count: int) -> list[dict[str, Any]]:
        """So many events, each about a picture of its own."""
        return [self.event(inference(f"picture {number}")) for number in range(count)]


def event_id_of(seq: int) -> bytes:
    """A UUIDv7-like id that sorts as its number."""
    return seq.to_bytes(8, "big") + hashlib.sha256(str(seq).encode()).digest()[:8]


def inference(picture: str, label: str = "owl", **others: Any) -> dict[str, Any]:
    """The JSON of a record, as a device sends it with all consent given."""
    sha256 = hashlib.sha256(picture.encode()).hexdigest()
    return {
        "kind": "inference",
        "modelVersion": "2.0",
        "predictions": [{"className": label, "probability": 0.75, "rank": 1}],
        "inferenceTime": 35.2,
        "picture": {"sha256": sha256, "fileName": f"{picture}.jpg", "latitude": 59.9, "longitude": 10.7},
        "embedding": base64.b64encode(picture.encode()).decode(),
        "crop": base64.b64encode(b"crop of " + picture.encode()).decode(),
        **others,
    }


def said_of(event_id: str, *, retracts: str | None = None, **said: object) -> dict[str, Any]:
    """The JSON of feedback about an event (its 32 hex digits): what it says, or what it takes back."""
    word = {"userFeedback": said} if said else {}
    taken_back = {} if retracts is None else {"retracts": id_text(bytes.fromhex(retracts))}
    return {"kind": "feedback", "inferenceId": id_text(bytes.fromhex(event_id)), **word, **taken_back}


def enrolled(collector: Collector, name: str = "laptop") -> Sender:
    """A device that was let in."""
    code = collector.devices.new_code("admin")
    return Sender(collector.devices.enrol(code, newcomer(name)))


def newcomer(name: str) -> Newcomer:
    """What a device says of itself; its key follows from its name."""
    key = hashlib.sha256(name.encode()).digest()
    return Newcomer(name, key, f"install of {name}", "0.1.0", "linux")


def rows(database: CollectorDatabase, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a query gives."""
    with database.read() as session:
        return session.rows(query, values)


def value(database: CollectorDatabase, query: str, *values: Any) -> Any:
    """The one value that a query gives."""
    return rows(database, query, *values)[0][0]
