"""The power goes at any write or sync: what was acknowledged is there, and no batch is there by half."""

from __future__ import annotations

import random
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import msgspec
import pytest
from fragile_disk import FragileDisk
from local_records import HandClock, body_of
from store_verdict import Verdict, batch_of, examine

from store.events import BatchResult, StatisticsBatch
from store.local import connection
from store.local.database import Database
from store.local.folder import FILE_NAME, enter
from store.local.migrations import migrate
from store.local.statistics_store import StatisticsStore

SEED = 20_260_501
BATCHES = 120
CUTS = 30
_names = count()


@dataclass
class Cut:
    """One moment: the image that the power cut left, and the batches acknowledged until then."""

    folder: Path
    acknowledged: list[int]


def run_with_cuts(folder: Path, seed: int, cuts: int) -> list[Cut]:
    """Writes `BATCHES` batches and cuts the power (on paper) at `cuts` random operations."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    disk = FragileDisk(f"fragile-{next(_names)}")
    acknowledged: list[int] = []
    made: list[Cut] = []
    chance = cuts / (BATCHES * 40)  # of each operation; a batch makes about as many

    def watch(operation: str, path: str) -> None:
        if len(made) < cuts and rng.random() < chance:
            cut = Cut(folder / f"cut-{len(made)}", list(acknowledged))
            disk.image(cut.folder, rng)
            made.append(cut)

    database = Database(folder / FILE_NAME, HandClock(), vfs=disk.name)
    database.open(lambda db: migrate(db, HandClock(), folder / "backups"))
    database.submit(lambda db: db.execute_sql("PRAGMA wal_autocheckpoint = 60").fetchall()).result(60)
    disk.watch = watch
    _write(database, rng, acknowledged)
    disk.watch = lambda operation, path: None
    database.close()
    return made


def _write(database: Database, rng: random.Random, acknowledged: list[int]) -> None:
    statistics = StatisticsStore(database, HandClock())
    waiting: list[Future[BatchResult]] = []
    for number in range(BATCHES):
        batch = msgspec.json.decode(body_of(*batch_of(number)), type=StatisticsBatch)
        future = statistics.record(batch, b"")
        future.add_done_callback(partial(_acknowledge, acknowledged, number))  # runs on the writer's thread
        waiting.append(future)
        if rng.random() < 0.5:
            waiting.pop().result(60)
    for future in waiting:
        future.result(60)


def _acknowledge(acknowledged: list[int], number: int, future: Future[BatchResult]) -> None:
    if future.exception() is None and future.result().accepted:
        acknowledged.append(number)


def verdicts(cuts: list[Cut]) -> list[Verdict]:
    for cut in cuts:
        enter(cut.folder)  # the mark that a process leaves which had no time to take it away
    return [examine(cut.folder, cut.acknowledged) for cut in cuts]


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_nothing_acknowledged_is_lost_doubled_or_halved(tmp_path: Path, seed: int) -> None:
    cuts = run_with_cuts(tmp_path / "disk", seed, CUTS)
    assert len(cuts) > CUTS // 2, "too few operations were hit to mean anything"
    bad = [
        (cut.folder.name, verdict)
        for cut, verdict in zip(cuts, verdicts(cuts), strict=True)
        if not verdict.good
    ]
    assert bad == [], f"seed {seed}"


def test_the_disk_is_fragile_enough_to_show_a_missing_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With synchronous=NORMAL, which syncs only at checkpoints, the same run does lose records."""
    weaker = tuple(statement.replace("FULL", "NORMAL") for statement in connection._WRITER)
    assert weaker != connection._WRITER
    monkeypatch.setattr(connection, "_WRITER", weaker)
    cuts = run_with_cuts(tmp_path / "disk", SEED, CUTS)
    assert any(verdict.lost for verdict in verdicts(cuts))
