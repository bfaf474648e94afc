"""The states candidate and shadow of a version, within the writer's transaction."""

from __future__ import annotations

from typing import Any

import msgspec

from store.local.connection import LocalDatabase
from store.local.learning.shadow_rows import newest_record
from store.local.tables import ActivationRow, ModelVersionRow
from store.models.errors import ModelError

_CHOOSE = "Choose one of those in Model."


def enter(version_id: str, db: LocalDatabase) -> None:
    """A version that is not at work goes into the shadow, and answers what comes from now on.

    Raises ModelError for the version at work and an unknown one; a second time changes nothing.
    """
    found = _row(version_id, db)
    if found["state"] == "active":
        raise ModelError("The model at work cannot run in its own shadow.", "Choose another one.")
    if found["state"] != "shadow":
        since = newest_record(db.connection())
        metrics = {**msgspec.json.decode(found["metrics"]), "shadowSince": since}
        _set(version_id, db, state="shadow", metrics=msgspec.json.encode(metrics).decode())


def leave(version_id: str, db: LocalDatabase) -> None:
    """It is what it was before: retired where it was once at work, else a candidate. Raises ModelError."""
    if _row(version_id, db)["state"] != "shadow":
        raise ModelError("This model does not run in the shadow.", "Begin that first.")
    was_active = ActivationRow.select().where(ActivationRow.version_id == version_id).exists(db)
    _set(version_id, db, state="retired" if was_active else "candidate")


def _row(version_id: str, db: LocalDatabase) -> dict[str, Any]:
    table = ModelVersionRow
    query = table.select(table.state, table.metrics).where(table.id == version_id)
    found = list(query.dicts().execute(db))
    if not found:
        raise ModelError(f"There is no model {version_id}.", _CHOOSE)
    return dict(found[0])


def _set(version_id: str, db: LocalDatabase, **changes: object) -> None:
    ModelVersionRow.update(changes).where(ModelVersionRow.id == version_id).execute(db)
