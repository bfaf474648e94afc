"""The tables of schema 4, unbound like those in `store.local.tables`."""

from __future__ import annotations

from peewee import BlobField, BooleanField, IntegerField, TextField

from store.local.row_base import Row


class ClockWatchRow(Row):
    """The one row of the watch over the clock; `store.local.clock_watch` says what its numbers mean."""

    number = IntegerField(primary_key=True)
    wall_ms = IntegerField()
    counted_ms = IntegerField()
    gap_ms = IntegerField()
    steady_ms = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "clock_watch"


class ClockMarkRow(Row):
    """When `counted_ms` had been counted, every record up to `last_record` was there."""

    counted_ms = IntegerField(primary_key=True)
    last_record = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "clock_mark"


class UpkeepRow(Row):
    """A retention or an erasure: `plan` and `done` are JSON; the plan of what is erased names nothing.

    `asked` says whether the user wanted it, `told` whether the page has said so; times are ms since the epoch
    but for `counted_ms`, which is of the watch over the clock.
    """

    number = IntegerField(primary_key=True)
    what = TextField()
    asked = BooleanField()
    state = TextField()
    plan = TextField()
    done = TextField()
    started_at = IntegerField()
    ended_at = IntegerField(null=True)
    counted_ms = IntegerField()
    told = BooleanField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "upkeep"


class ErasedRow(Row):
    """What must not come back for some days; `mark` is a salted hash of a picture's hash, session or id."""

    mark = BlobField(primary_key=True)
    salt = BlobField()
    before_ms = IntegerField()
    counted_ms = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "erased"
        without_rowid = True


UPKEEP_TABLES: tuple[type[Row], ...] = (ClockWatchRow, ClockMarkRow, UpkeepRow, ErasedRow)
