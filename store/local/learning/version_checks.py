"""What pages found when they compared a version's numbers with the reference: kept in its metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.tables import ModelVersionRow

GATE = "page"
LIMIT = 1e-3
HALF_LIMIT = 1e-2

Metrics = dict[str, Any]


class VersionChecks:
    """Keeps the page's figures; calls block until they are on the disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, version_id: str, backend: str, max_relative: float | None, *, half: bool) -> bool:
        """Notes how far a page's numbers were off (None: they were none); False for an unknown version.

        The last word of each backend counts; the gate `page` passes where all of them are within their
        limit, which is wider in half precision.
        """
        figure = {"maxRelative": max_relative, "limit": HALF_LIMIT if half else LIMIT}
        return change_metrics(self._database, version_id, lambda metrics: _noted(metrics, backend, figure))


def change_metrics(database: Database, version_id: str, change: Callable[[Metrics], Metrics]) -> bool:
    """Changes the metrics of a version in one step of the writer; False for an unknown one."""

    def write(db: LocalDatabase) -> bool:
        table = ModelVersionRow
        query = table.select(table.metrics).where(table.id == version_id)
        for (text,) in list(query.tuples().execute(db)):
            changed = msgspec.json.encode(change(msgspec.json.decode(text))).decode()
            table.update(metrics=changed).where(table.id == version_id).execute(db)
            return True
        return False

    return database.submit(write).result()


def _noted(metrics: Metrics, backend: str, figure: Mapping[str, float | None]) -> Metrics:
    checks = {**metrics.get("pageChecks", {}), backend: figure}
    others = [gate for gate in metrics.get("gates", []) if gate["name"] != GATE]
    return {**metrics, "pageChecks": checks, "gates": [*others, _gate(checks)]}


def _gate(checks: Mapping[str, Mapping[str, float | None]]) -> dict[str, Any]:
    def excess(backend: str) -> float:
        off, limit = checks[backend]["maxRelative"], checks[backend]["limit"]
        return math.inf if off is None or limit is None else off / limit

    worst = max(checks, key=excess)
    found = checks[worst]
    off, limit = found["maxRelative"], found["limit"]
    passed = excess(worst) <= 1
    said = "numbers that are none" if off is None else f"numbers off by {off:.1e} at most"
    sentence = f"In the page ({worst}) it gives {said}; {limit:g} is allowed."
    return {
        "name": GATE,
        "passed": passed,
        "figure": off,
        "limit": limit,
        "sentence": sentence,
        "pictures": [],
    }
