"""The tables of schema 6, unbound like those in `store.local.tables`; `schema_6.py` says what they hold."""

from __future__ import annotations

from peewee import BlobField, TextField

from store.local.row_base import Row


class ErasedSentRow(Row):
    """A record that was erased here and may still be at the collector."""

    event_id = BlobField(primary_key=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "erased_sent"
        without_rowid = True


class SharedLabelRow(Row):
    """One label of the team's list; `synonyms` is a JSON list of names."""

    name = TextField(primary_key=True)
    scientific = TextField(null=True)
    synonyms = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "shared_label"
        without_rowid = True


SHARED_TABLES: tuple[type[Row], ...] = (ErasedSentRow, SharedLabelRow)
