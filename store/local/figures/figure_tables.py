"""The tables of schema 3, unbound like those in `store.local.tables`; `schema_3.py` says what they hold."""

from __future__ import annotations

from peewee import BareField, BlobField, CompositeKey, IntegerField, TextField

from store.local.row_base import Row


class AnyField(BareField):
    """A column of any type."""

    field_type = "ANY"


class FigureStateRow(Row):
    """`rolled`: the number of the last record that is in the figures."""

    name = TextField(primary_key=True)
    value = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_state"
        without_rowid = True


class FigureGroupRow(Row):
    """A model version and a backend; '' where a record names none."""

    number = IntegerField(primary_key=True)
    version = TextField()
    backend = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_group"


class FigureCountRow(Row):
    """How many of `what` there were."""

    unit = IntegerField()
    start = IntegerField()
    what = TextField()
    grp = IntegerField()
    detail = TextField()
    n = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_count"
        without_rowid = True
        primary_key = CompositeKey("unit", "start", "what", "grp", "detail")


class FigureHistogramRow(Row):
    """How the values of a measure of answers were distributed."""

    unit = IntegerField()
    start = IntegerField()
    measure = TextField()
    grp = IntegerField()
    n = IntegerField()
    total = IntegerField()
    buckets = BlobField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_histogram"
        without_rowid = True
        primary_key = CompositeKey("unit", "start", "measure", "grp")


class FigureTimingRow(Row):
    """How long the server's answers and the database's work took."""

    unit = IntegerField()
    start = IntegerField()
    area = TextField()
    name = TextField()
    outcome = TextField()
    n = IntegerField()
    total = IntegerField()
    buckets = BlobField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_timing"
        without_rowid = True
        primary_key = CompositeKey("unit", "start", "area", "name", "outcome")


class FigureVisitRow(Row):
    """How many answers there were about a picture, or in a session, in one hour."""

    subject = AnyField()
    start = IntegerField()
    grp = IntegerField()
    n = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_visit"
        without_rowid = True
        primary_key = CompositeKey("subject", "start", "grp")


class FigureDistinctRow(Row):
    """How many pictures or sessions were visited in the hour `start` and next in the hour `following`."""

    what = TextField()
    slice = TextField()
    start = IntegerField()
    following = IntegerField()
    n = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_distinct"
        without_rowid = True
        primary_key = CompositeKey("what", "slice", "start", "following")


class FigureWordRow(Row):
    """The user's last word on an answer as it was counted, in the hour and group of the answer."""

    inference_id = BlobField(primary_key=True)
    start = IntegerField()
    grp = IntegerField()
    word = TextField()
    corrected = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_word"
        without_rowid = True


class FigureRecheckRow(Row):
    """An answer whose last word is to be counted anew."""

    inference_id = BlobField(primary_key=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_recheck"
        without_rowid = True


class FigureStorageRow(Row):
    """Bytes and count of one kind of data in the file."""

    kind = TextField(primary_key=True)
    bytes = IntegerField()
    count = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "figure_storage"
        without_rowid = True


class RetrainingTriggerRow(Row):
    """That a training was called for: when, why (`cause`), and what showed it (`evidence`, JSON)."""

    number = IntegerField(primary_key=True)
    at = IntegerField()
    cause = TextField()
    evidence = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "retraining_trigger"


FIGURE_TABLES: tuple[type[Row], ...] = (
    FigureStateRow,
    FigureGroupRow,
    FigureCountRow,
    FigureHistogramRow,
    FigureTimingRow,
    FigureVisitRow,
    FigureDistinctRow,
    FigureWordRow,
    FigureRecheckRow,
    FigureStorageRow,
    RetrainingTriggerRow,
)
