"""The registry's rows: `VersionTable` of store/models/registry.py on SQLite."""

from __future__ import annotations

from typing import Any

import msgspec
from peewee import ModelSelect

from store.events import ModelVersion
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.tables import ActivationRow, ModelVersionRow


class ModelVersions:
    """Model versions; at most one is active. Calls block until they are on the disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ModelVersion]:
        """Every version, oldest first."""
        return self._select(ModelVersionRow.select().order_by(ModelVersionRow.created_at, ModelVersionRow.id))

    def get(self, version_id: str) -> ModelVersion | None:
        """The version with this id, None if there is none."""
        found = self._select(ModelVersionRow.select().where(ModelVersionRow.id == version_id))
        return found[0] if found else None

    def active(self) -> ModelVersion | None:
        """The version that answers now, None before the first."""
        found = self._select(ModelVersionRow.select().where(ModelVersionRow.state == "active"))
        return found[0] if found else None

    def previous(self) -> ModelVersion | None:
        """The version that was active before the active one, None if there was none."""
        history = (
            ActivationRow.select(ActivationRow.version_id).order_by(ActivationRow.number.desc()).tuples()
        )
        with self._database.read() as db:
            ids = [version_id for (version_id,) in history.execute(db)]
        earlier = [version_id for version_id in ids if version_id != ids[0]]
        return self.get(earlier[0]) if earlier else None

    def insert(self, version: ModelVersion) -> None:
        """Adds a version; the same id again changes nothing."""
        self._database.submit(lambda db: insert_version(db, version)).result()

    def activate(self, version_id: str) -> ModelVersion:
        """Makes this version the active one and retires the one before. Raises KeyError for an unknown id."""
        self._database.submit(lambda db: self._activate(db, version_id)).result()
        activated = self.get(version_id)
        if activated is None:
            raise KeyError(version_id)
        return activated

    def _activate(self, db: LocalDatabase, version_id: str) -> None:
        table = ModelVersionRow
        if not table.select().where(table.id == version_id).exists(db):
            raise KeyError(version_id)
        others = (table.state == "active") & (table.id != version_id)
        table.update(state="retired").where(others).execute(db)
        changed = (
            table.update(state="active")
            .where((table.id == version_id) & (table.state != "active"))
            .execute(db)
        )
        if changed:
            ActivationRow.insert(version_id=version_id, activated_at=self._database.clock.now_ms()).execute(
                db
            )

    def _select(self, query: ModelSelect[ModelVersionRow]) -> list[ModelVersion]:
        with self._database.read() as db:
            return [_version(row) for row in query.dicts().execute(db)]


def insert_version(db: LocalDatabase, version: ModelVersion) -> None:
    """Adds a version within the writer's transaction; the same id again changes nothing."""
    row = msgspec.structs.asdict(version) | {"metrics": msgspec.json.encode(version.metrics).decode()}
    if not ModelVersionRow.select().where(ModelVersionRow.id == version.id).exists(db):
        ModelVersionRow.insert(row).execute(db)


def _version(row: dict[str, Any]) -> ModelVersion:
    return ModelVersion(**{**row, "metrics": msgspec.json.decode(row["metrics"])})
