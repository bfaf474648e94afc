"""What happens on a disk of its own: run by `surroundings` in a mount namespace, answers one line of JSON.

small_disk.py open FOLDER          opens the store there, and tells how that was refused
small_disk.py fill FOLDER SEED     takes batches until the disk is full, makes room, and goes on
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[1])]

from fault_suite.verdict import examine  # noqa: E402 - the paths come first
from fault_suite.workload import BATCH, body  # noqa: E402
from local_records import HandClock, send_body  # noqa: E402

from store.local.database import Database  # noqa: E402
from store.local.errors import StoreError, StoreFull  # noqa: E402
from store.local.folder import BACKUPS, FILE_NAME  # noqa: E402
from store.local.migrations import migrate  # noqa: E402
from store.local.opening import open_store  # noqa: E402
from store.local.statistics_store import StatisticsStore  # noqa: E402

_REFUSED = 12


def tried_to_open(folder: Path) -> dict[str, Any]:
    """How opening was refused."""
    try:
        open_store(folder, HandClock()).close()
    except StoreError as error:
        return {"refused": True, "sentence": error.sentence, "advice": error.advice}
    return {"refused": False, "sentence": "", "advice": ""}


def filled(folder: Path, seed: str) -> dict[str, Any]:
    """Fills the disk to the last byte (no low-water mark, which would say no before), then heals it.

    A ballast file is what the user deletes to make room; it takes a part of the disk that the seed chooses.
    """
    rng = random.Random(seed)
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(200_000))
    database = Database(folder / FILE_NAME, HandClock())
    database.open(lambda db: migrate(db, HandClock(), folder / BACKUPS))
    statistics = StatisticsStore(database, HandClock())
    acknowledged: set[int] = set()
    refused: list[int] = []
    notes: list[str] = []
    number = 0
    while len(refused) < rng.randint(1, _REFUSED):
        _take(statistics, number, acknowledged, refused, notes)
        number += 1
    ballast.unlink()
    for late in list(refused):
        _take(statistics, late, acknowledged, [], notes)
    database.close()
    verdict = examine(folder / FILE_NAME, acknowledged)
    found = {"lost": verdict.lost, "doubled": verdict.doubled, "partial": verdict.partial}
    return {name: sorted(batches) for name, batches in found.items()} | {
        "refused": len(refused),
        "notes": notes,
    }


def _take(
    statistics: StatisticsStore, number: int, acknowledged: set[int], refused: list[int], notes: list[str]
) -> None:
    try:
        result = send_body(statistics, body(number))
    except StoreFull:
        refused.append(number)
    except Exception as error:
        refused.append(number)
        notes.append(f"batch {number}: {type(error).__name__}: {error}")
    else:
        if result.accepted + result.duplicate == BATCH:
            acknowledged.add(number)


def main() -> None:
    """Does one of the two and prints."""
    folder = Path(sys.argv[2])
    told = tried_to_open(folder) if sys.argv[1] == "open" else filled(folder, sys.argv[3])
    print(json.dumps(told))


if __name__ == "__main__":
    main()
