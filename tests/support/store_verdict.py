"""Whether a store kept its promise: every acknowledged record there once, every batch whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_records import EMBEDDING, JPEG, WEBP, HandClock, base64_text, inference, uuid_bytes

from store.local.opening import open_store

BATCH = 5
_HEAVY = {
    "embedding": base64_text(EMBEDDING * 100),
    "thumbnail": base64_text(WEBP * 50),
    "crop": base64_text(JPEG * 50),
}


@dataclass
class Verdict:
    """What went wrong, as numbers of records and batches; empty is good."""

    lost: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    partial: list[int] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.partial)


def batch_of(number: int) -> list[dict[str, Any]]:
    """The records of one batch, with heavy parts, feedback inside and pictures."""
    first = number * BATCH
    said = {"isCorrect": False, "correctedLabel": f"label {number}"}
    return [inference(first + place, userFeedback=said, **_HEAVY) for place in range(BATCH)]


def examine(folder: Path, acknowledged: Iterable[int]) -> Verdict:
    """Opens the folder as the next start would, and counts. `acknowledged` are numbers of batches."""
    store = open_store(folder, HandClock())
    try:
        with store.database.read() as db:
            found = [bytes(one) for (one,) in db.execute_sql("SELECT id FROM record").fetchall()]
            heavy = {number for (number,) in db.execute_sql("SELECT record FROM embedding").fetchall()}
            said = db.execute_sql("SELECT count(*) FROM feedback").fetchone()[0]
    finally:
        store.close()
    assert len(heavy) == said == len(set(found)), "a record is there without all of its parts"
    return _compare(found, sorted(acknowledged))


def _compare(found: Sequence[bytes], acknowledged: Sequence[int]) -> Verdict:
    verdict = Verdict()
    there = set(found)
    if len(there) != len(found):
        verdict.doubled = [len(found) - len(there)]
    numbers = {int.from_bytes(one[10:], "big") for one in there}
    assert {uuid_bytes(number) for number in numbers} == there
    for batch in {number // BATCH for number in numbers} | set(acknowledged):
        present = sum(number in numbers for number in range(batch * BATCH, (batch + 1) * BATCH))
        if present not in (0, BATCH):
            verdict.partial.append(batch)
        if batch in set(acknowledged) and present < BATCH:
            verdict.lost.append(batch)
    return verdict
