"""A memory with its upkeep, on a thread that the test drives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_records import EMBEDDING, SPACE, WEBP, base64_text, inference, send
from two_hands import TwoHands

from store.local.clock_watch import DAY_MS
from store.local.opening import LocalStore, open_store
from store.local.removal import Amounts
from store.local.upkeep import Upkeep
from store.local.upkeep_log import Entry

Memory = tuple[LocalStore, Upkeep]


def opened(folder: Path, clock: Any) -> tuple[LocalStore, Upkeep]:
    store = open_store(folder, clock)
    return store, store.upkeep


def full_inference(number: int, **changes: object) -> dict[str, Any]:
    """An inference with all its heavy parts."""
    heavy = {"embedding": base64_text(EMBEDDING), "thumbnail": base64_text(WEBP), "crop": base64_text(WEBP)}
    return inference(number, **(heavy | {"spaceId": SPACE} | changes))


def count(store: LocalStore, table: str) -> int:
    with store.database.read() as db:
        return int(db.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0])


def fill(store: LocalStore, first: int, last: int) -> None:
    for number in range(first, last + 1):
        send(store.statistics, full_inference(number))


def days_pass(upkeep: Upkeep, clock: TwoHands, days: int) -> None:
    """So many days, each of them observed."""
    for _ in range(days):
        clock.run(DAY_MS)
        upkeep._database.submit(upkeep.watch.observe).result(60)


def finished(upkeep: Upkeep, number: int) -> Entry:
    """The removal with this number, carried out to its end."""
    upkeep.finish()
    entry = upkeep.entry(number)
    assert entry is not None
    assert entry.state == "done"
    return entry


def run_to_end(upkeep: Upkeep, token: str) -> Amounts:
    """Runs what a preview showed; what went."""
    return finished(upkeep, upkeep.run(token).number).done.amounts
