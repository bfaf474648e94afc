"""The tables of schema 4, unbound like those in `store.local.tables`."""

from __future__ import annotations

from peewee import IntegerField

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


UPKEEP_TABLES: tuple[type[Row], ...] = (ClockWatchRow, ClockMarkRow)
