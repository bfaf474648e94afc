"""What a device withdrew, as it bears on what comes later."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any, NamedTuple

import msgspec

from store.collector.database import Session
from store.collector.incoming import Incoming
from store.collector.reading import Parts
from store.collector.same_content import hash_of
from store.record_core import OF_A_FAILURE, OF_A_PICTURE, PLACES

_STANDING = "SELECT scope, from_ms FROM tombstone WHERE device_id = ? AND consent >= ?"
_GREATEST = "SELECT coalesce(max(consent), 0) FROM tombstone WHERE device_id = ?"
NAMES_OF = {"file_names": OF_A_PICTURE - PLACES, "places": PLACES}
_IN_DETAIL: dict[str, frozenset[str]] = {"file_names": OF_A_FAILURE, "places": frozenset()}
PART_OF = {"embeddings": "embedding", "crops": "crop"}


class Withdrawn(NamedTuple):
    """One withdrawal that stands: its scope, and from which recorded time on (None: ever)."""

    scope: str
    since: int | None

    def covers(self, event: Incoming) -> bool:
        """Whether it bears on this event, by the time as the device recorded it."""
        return self.since is None or event.row.recorded_original >= self.since


def standing(session: Session, device_id: bytes, consent: int) -> list[Withdrawn]:
    """The withdrawals of a device after which it was not given consent anew."""
    return [Withdrawn(*row) for row in session.rows(_STANDING, (device_id, consent))]


def greatest(session: Session, device_id: bytes) -> int:
    """The greatest consent of what a device withdrew; 0 where it withdrew nothing."""
    return int(session.rows(_GREATEST, (device_id,))[0][0])


def is_erased(event: Incoming, withdrawals: Sequence[Withdrawn]) -> bool:
    """Whether all of the event was withdrawn."""
    return any(each.scope == "all" and each.covers(event) for each in withdrawals)


def stripped(event: Incoming, withdrawals: Sequence[Withdrawn]) -> Incoming:
    """The event without the parts that were withdrawn."""
    for each in withdrawals:
        if each.covers(event):
            event = _without(event, each.scope)
    return event


def _without(event: Incoming, scope: str) -> Incoming:
    if scope in PART_OF:
        return event._replace(parts=Parts(**{**event.parts._asdict(), PART_OF[scope]: None}))
    if scope in NAMES_OF and event.row.payload is not None:
        said = event.row.content_hash or hash_of(event.row.payload)
        kept = without_names(event.row.payload, scope)
        return event._replace(row=event.row._replace(payload=kept, content_hash=said))
    return event


def without_names(payload: str, scope: str) -> str:
    """A record's JSON without what `file_names` or `places` covers."""
    record = _without_any(msgspec.json.decode(payload), NAMES_OF[scope])
    for part, names in (("picture", NAMES_OF[scope]), ("detail", _IN_DETAIL[scope])):
        if isinstance(record.get(part), dict):
            record[part] = _without_any(record[part], names)
    return msgspec.json.encode(record).decode()


def _without_any(fields: dict[str, Any], names: Set[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
