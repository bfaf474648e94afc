"""Whether it adds up between devices and their collector: looked at from outside, in both files.

- **lost**: a record that a device holds, and counts as sent, is not at the collector; at the end also one
  that is neither there nor put aside for a reason that is true.
- **doubled**: an event that is at the collector twice, by its id or by when it was recorded.
- **unaccounted**: a device whose records do not add up or that still waits at the end; one put aside for no
  reason; an event at the collector that no device ever recorded or that says something else; and a
  collector's own count that is not the number of its events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import apsw
from sync_faults.nursery import MOST_RECORD_BYTES

from store.collector.opening import open_database
from store.collector.same_content import hash_of
from store.local.folder import FILE_NAME
from store.local.outbox_reading import accounts
from store.local.outbox_rows import ACKED, DEAD
from store.local.outbox_values import Accounts
from store.record_core import core_hash

_QUEUE = """
SELECT record.id, coalesce(outbox.state, ?), outbox.code, record.payload
FROM record LEFT JOIN outbox ON outbox.seq = record.number
"""
_EVENTS = "SELECT event_id, kind, recorded_original, payload FROM event"
_COUNTED = "SELECT coalesce(sum(accepted), 0) FROM device"
_WITHOUT_A_TIME = "attachment"


class Queued(NamedTuple):
    """A record at a device."""

    state: int
    code: str | None
    payload: str


class Held(NamedTuple):
    """What a device has, by id, and how it counts that."""

    records: dict[bytes, Queued]
    accounts: Accounts

    @property
    def sent(self) -> set[bytes]:
        """What it believes to be at the collector."""
        return {event_id for event_id, found in self.records.items() if found.state == ACKED}


class Kept(NamedTuple):
    """What a collector has: ids as often as they are there, moments likewise, hashes of contents by id."""

    ids: Counter[bytes]
    moments: Counter[int]
    hashes: dict[bytes, bytes]
    counted: int


@dataclass
class Verdict:
    """What went wrong, as texts; empty is good."""

    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    unaccounted: set[str] = field(default_factory=set)

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.doubled or self.unaccounted)

    def add(self, other: Verdict) -> None:
        """Takes another verdict's findings in."""
        self.lost |= other.lost
        self.doubled |= other.doubled
        self.unaccounted |= other.unaccounted


def look_at_device(folder: Path) -> Held:
    """Reads the memory of a device that does not run."""
    connection = apsw.Connection(str(folder / FILE_NAME), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(10_000)
    with closing(connection):
        rows: list[tuple[Any, ...]] = connection.execute(_QUEUE, (ACKED,)).fetchall()
        return Held({row[0]: Queued(*row[1:]) for row in rows}, accounts(connection))


def look_at_collector(url: str) -> Kept:
    """Reads all events of a collector, which may run meanwhile."""
    with closing(open_database(url, may_make=False)) as database, database.read() as session:
        rows = session.rows(_EVENTS)
        counted = int(session.rows(_COUNTED)[0][0])
    moments = Counter(moment for _, kind, moment, _ in rows if kind != _WITHOUT_A_TIME)
    hashes = {row[0]: hash_of(row[3]) for row in rows if row[3] is not None}
    return Kept(Counter(row[0] for row in rows), moments, hashes, counted)


def judge_now(devices: Collection[Held], kept: Kept) -> Verdict:
    """What must be true at any moment, as long as no collector was put back."""
    lost = {event_id for held in devices for event_id in held.sent if event_id not in kept.ids}
    verdict = Verdict(lost={event_id.hex() for event_id in lost})
    verdict.doubled = {event_id.hex() for event_id, count in kept.ids.items() if count > 1}
    verdict.doubled |= {f"recorded at {moment}" for moment, count in kept.moments.items() if count > 1}
    return verdict


def judge_the_end(devices: Collection[Held], kept: Kept, known: Collection[bytes]) -> Verdict:
    """What must be true when all has come to rest; `known` are the ids that any device ever recorded."""
    verdict = judge_now(devices, kept)
    for held in devices:
        _judge_device(held, kept, verdict)
    verdict.unaccounted |= {f"{event_id.hex()} from nowhere" for event_id in kept.ids.keys() - set(known)}
    if kept.counted != kept.ids.total():
        verdict.unaccounted.add(f"the collector counts {kept.counted} of {kept.ids.total()}")
    return verdict


def _judge_device(held: Held, kept: Kept, verdict: Verdict) -> None:
    found = held.accounts
    settled = found.accepted + sum(found.rejected.values()) + sum(found.dropped.values())
    if found.waiting or found.dropped or found.recorded != settled or found.recorded != len(held.records):
        verdict.unaccounted.add(str(found))
    for event_id, one in held.records.items():
        if one.state == DEAD:
            if one.code != "oversize" or len(one.payload) <= MOST_RECORD_BYTES:
                verdict.unaccounted.add(f"{event_id.hex()} put aside: {one.code}")
        elif event_id not in kept.ids:
            verdict.lost.add(event_id.hex())
        elif kept.hashes[event_id] != core_hash(one.payload.encode()):
            verdict.unaccounted.add(f"{event_id.hex()} says something else")


@dataclass
class Tally:
    """What the cases of one seed did and found. A note says what else should not have been."""

    seed: str
    faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all was as it should be."""
        return self.verdict.good and not self.notes
