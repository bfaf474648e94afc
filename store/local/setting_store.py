"""The settings that the page and the program share."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

import msgspec

from store.local import setting_names
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.tables import SettingRow


class SettingStore:
    """Settings by name; `setting_names` says which there are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, object]:
        """Every setting with its value, defaults included; a row of a setting that is no more is left out."""
        values = setting_names.defaults()
        with self._database.read() as db:
            rows = list(SettingRow.select(SettingRow.name, SettingRow.value).tuples().execute(db))
        values.update({name: msgspec.json.decode(value) for name, value in rows if name in values})
        return values

    def put(self, name: str, value: object) -> Future[None]:
        """Queues one setting. Raises SettingError for an unknown name or a value that it cannot have."""
        return self.put_all({name: value})

    def put_all(self, values: Mapping[str, object]) -> Future[None]:
        """Queues several settings, all or none of them. Raises SettingError before anything is queued."""
        rows = {name: setting_names.checked_json(name, value) for name, value in values.items()}

        def write(db: LocalDatabase) -> None:
            for name, value in rows.items():
                SettingRow.insert(name=name, value=value).on_conflict_replace().execute(db)

        return self._database.submit(write)
