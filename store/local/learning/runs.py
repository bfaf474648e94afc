"""The rows of trainings: one that waits or works at most, and its end in one transaction with its version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from peewee import SQL

from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import StoreError
from store.local.learning.learning_tables import TrainingRunRow
from store.local.learning.run_forms import Epoch, TrainingOptions, TrainingRun

LISTED = 50
_LIVE = ("queued", "running")


class TrainingBusy(StoreError):  # noqa: N818 - reads as the state that it is
    """A training waits or works already."""


def busy() -> TrainingBusy:
    """The error for a second training."""
    return TrainingBusy(
        "Whimbrel is learning already.", "Wait until that training has ended, or cancel it, then try again."
    )


class RunStore:
    """Keeps trainings; calls block until they are on the disk. Safe on any thread but the writer's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: TrainingRun) -> None:
        """Writes a new run down; raises TrainingBusy where another one waits or works."""

        def write(db: LocalDatabase) -> None:
            if TrainingRunRow.select().where(TrainingRunRow.state.in_(_LIVE)).exists(db):
                raise busy()
            TrainingRunRow.insert(_row(run)).execute(db)

        self._database.submit(write).result()

    def save(self, run: TrainingRun, also: Callable[[LocalDatabase], None] = lambda _: None) -> None:
        """Writes down how a run is doing, in one transaction with what `also` writes."""

        def write(db: LocalDatabase) -> None:
            also(db)
            TrainingRunRow.update(_row(run)).where(TrainingRunRow.id == run.id).execute(db)

        self._database.submit(write).result()

    def get(self, run_id: str) -> TrainingRun | None:
        """One run."""
        found = self._select(TrainingRunRow.id == run_id, 1)
        return found[0] if found else None

    def last(self) -> list[TrainingRun]:
        """The last runs, the one begun last first, whatever the clock said."""
        return self._select(None, LISTED)

    def live(self) -> list[TrainingRun]:
        """Those that wait or work, by their rows: what an earlier start of the program left, too."""
        return self._select(TrainingRunRow.state.in_(_LIVE), LISTED)

    def _select(self, where: object, limit: int) -> list[TrainingRun]:
        query = TrainingRunRow.select().order_by(SQL("rowid").desc()).limit(limit)
        if where is not None:
            query = query.where(where)
        with self._database.read() as db:
            return [_run(row) for row in query.dicts().execute(db)]


def _row(run: TrainingRun) -> dict[str, Any]:
    """A run as the columns of its row."""
    row = msgspec.structs.asdict(run)
    del row["seconds_left"]
    return row | {name: msgspec.json.encode(row[name]).decode() for name in ("options", "epochs")}


def _run(row: dict[str, Any]) -> TrainingRun:
    kept = {
        "options": msgspec.json.decode(row["options"], type=TrainingOptions),
        "epochs": msgspec.json.decode(row["epochs"], type=list[Epoch]),
    }
    return TrainingRun(**(row | kept))
