"""The tables of schema 7, unbound like those in `store.local.tables`; `schema_7.py` says what they hold."""

from __future__ import annotations

from peewee import BlobField, BooleanField, IntegerField, TextField

from store.local.row_base import Row


class QueueJobRow(Row):
    """What the user opened, and how far it is."""

    number = IntegerField(primary_key=True)
    added_at = IntegerField()
    ended_at = IntegerField(null=True)
    state = TextField()
    walked = BooleanField()
    dropped = IntegerField()
    paths = TextField()
    left_out = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "queue_job"


class QueuePictureRow(Row):
    """A picture of a job; size in bytes, when it was changed in nanoseconds since the epoch."""

    number = IntegerField(primary_key=True)
    job = IntegerField()
    state = TextField()
    attempts = IntegerField()
    record_id = BlobField(unique=True)
    in_folder = BooleanField()
    size = IntegerField()
    modified_ns = IntegerField()
    path = BlobField()
    reason = TextField(null=True)
    sentence = TextField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "queue_picture"


QUEUE_TABLES: tuple[type[Row], ...] = (QueueJobRow, QueuePictureRow)
