"""Whether a store kept its promise: every acknowledged record there once, every batch whole or not at all.

Looks into the file from outside, by the records' content and not by their ids: a record that was stored twice
under two ids is doubled all the same.

- **lost**: an acknowledged batch of which a record is missing, or is there with other content than was sent.
- **doubled**: a record that is there more than once.
- **partial**: a batch of which some records are there and others not, or without all that belongs to them
  (embedding, thumbnail, what the user said, its place in the outbox).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import msgspec
from fault_suite.workload import BATCH, blob, parts_of, records_of, tags_of, vector
from local_records import NOW, WEBP

from store.events import Record
from store.local.decoding import decode
from store.local.page_sums import believe_pages

_RECORDS = "SELECT recorded_at, payload FROM record"
_EMBEDDINGS = (
    "SELECT record.recorded_at, vector FROM embedding JOIN record ON record.number = embedding.record"
)
_THUMBNAILS = """
SELECT record.recorded_at, picture.thumbnail FROM record JOIN picture ON picture.number = record.picture
WHERE picture.thumbnail IS NOT NULL AND record.kind = 'inference'
"""
_OPINIONS = "SELECT record.recorded_at FROM feedback JOIN record ON record.id = feedback.inference_id"
_QUEUED = "SELECT record.recorded_at FROM outbox JOIN record ON record.number = outbox.seq"
_HEAVY = {"embedding": None, "thumbnail": None, "crop": None}


@dataclass
class Verdict:
    """What went wrong, as numbers of batches; empty is good."""

    lost: set[int] = field(default_factory=set)
    doubled: set[int] = field(default_factory=set)
    partial: set[int] = field(default_factory=set)

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.doubled or self.partial)

    def add(self, other: Verdict) -> None:
        """Takes another verdict's findings in."""
        self.lost |= other.lost
        self.doubled |= other.doubled
        self.partial |= other.partial


@dataclass
class Tally:
    """What the cases of one seed did and found. A note says what else should not have been."""

    seed: str
    cases: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """Worth telling, and nothing wrong."""

    @property
    def good(self) -> bool:
        """Whether all was as it should be."""
        return self.verdict.good and not self.notes


@dataclass(frozen=True)
class Found:
    """What a file holds, by tag."""

    records: Counter[int]
    payloads: dict[int, str]
    embeddings: dict[int, bytes]
    thumbnails: dict[int, bytes]
    opinions: set[int]
    queued: set[int] | None  # None: a schema without an outbox


def look_into(path: Path) -> Found:
    """Reads all records of a file as they lie there, on a connection that cannot write."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    believe_pages(connection)
    connection.set_busy_timeout(10_000)
    with closing(connection):
        rows: list[tuple[int, str]] = _rows(connection, _RECORDS)
        return Found(
            Counter(at - NOW for at, _ in rows),
            {at - NOW: payload for at, payload in rows},
            {at - NOW: vector for at, vector in _rows(connection, _EMBEDDINGS)},
            {at - NOW: image for at, image in _rows(connection, _THUMBNAILS)},
            {at - NOW for (at,) in _rows(connection, _OPINIONS)},
            {at - NOW for (at,) in _rows(connection, _QUEUED)}
            if connection.table_exists(None, "outbox")
            else None,
        )


def _rows(connection: apsw.Connection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


def examine(path: Path, acknowledged: Collection[int]) -> Verdict:
    """Looks into a file. `acknowledged` are the numbers of the batches that were answered for."""
    return judge(look_into(path), acknowledged)


def judge(found: Found, acknowledged: Collection[int], *, with_blobs: bool = True) -> Verdict:
    """Compares what was found with what was answered for, and every record with what was sent.

    Without blobs, embeddings and thumbnails have to be there, but not to be what was sent.
    """
    verdict = Verdict()
    verdict.doubled = {tag // BATCH for tag, count in found.records.items() if count > 1}
    for batch in {tag // BATCH for tag in found.records} | set(acknowledged):
        present = [tag for tag in tags_of(batch) if found.records[tag]]
        if present and not _whole(found, batch):
            verdict.partial.add(batch)
        if batch in acknowledged and len(present) < BATCH:
            verdict.lost.add(batch)
    verdict.lost |= {tag // BATCH for tag in _changed_payloads(found)}
    verdict.lost |= changed_blobs(found) if with_blobs else set()
    return verdict


def _whole(found: Found, batch: int) -> bool:
    wanted = parts_of(batch)
    return (
        all(found.records[tag] for tag in tags_of(batch))
        and (found.queued is None or found.queued.issuperset(tags_of(batch)))
        and wanted.embeddings <= found.embeddings.keys()
        and wanted.thumbnails <= found.thumbnails.keys()
        and wanted.opinions <= found.opinions
    )


def changed_blobs(found: Found) -> set[int]:
    """The batches of which an embedding or a thumbnail is not what was sent."""
    embeddings = {tag // BATCH for tag, stored in found.embeddings.items() if stored != vector(tag)}
    return embeddings | {
        tag // BATCH for tag, stored in found.thumbnails.items() if stored != blob(tag, WEBP, 40)
    }


def _changed_payloads(found: Found) -> Iterable[int]:
    for batch in {tag // BATCH for tag in found.records}:
        for tag, sent in zip(tags_of(batch), records_of(batch), strict=True):
            payload = found.payloads.get(tag)
            if payload is not None and not _same(payload, msgspec.json.encode({**sent, **_light(sent)})):
                yield tag


def _light(sent: dict[str, object]) -> dict[str, object]:
    """A record is kept without its heavy parts, which have tables of their own."""
    return {name: None for name in _HEAVY if name in sent}


def _same(payload: str, sent: bytes) -> bool:
    try:
        kept = msgspec.json.decode(payload, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return bool(kept == decode(sent))
