"""The outbox's tables. `outbox_rows.py` writes them in SQL of its own; these hold the schema to its names."""

from __future__ import annotations

from peewee import BlobField, IntegerField, TextField

from store.local.row_base import Row


class OutboxRow(Row):
    """A record's place in the queue: `seq` is its number, `bytes` the size of its JSON.

    `state` is one of `outbox_rows`' READY, LEASED, ACKED and DEAD; `code` says why it came back last.
    """

    seq = IntegerField(primary_key=True)
    state = IntegerField()
    attempts = IntegerField()
    bytes = IntegerField()
    code = TextField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "outbox"


class OutboxStateRow(Row):
    """The one row about the queue as a whole.

    recorded = accepted + waiting + rejected + dropped (`outbox_dropped`). `bytes` is what counts against the
    cap; no READY row is below `ready_from`; every READY row below `spared_to` belongs to a correction;
    `batch` is in flight; `home` is where the file lay when `epoch` began.
    """

    one = IntegerField(primary_key=True)
    next_number = IntegerField()
    recorded = IntegerField()
    accepted = IntegerField()
    waiting = IntegerField()
    rejected = IntegerField()
    bytes = IntegerField()
    ready_from = IntegerField()
    spared_to = IntegerField()
    batch = BlobField(null=True)
    epoch = BlobField(null=True)
    home = BlobField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "outbox_state"


class OutboxDropRow(Row):
    """A run of records that left the queue unsent, every one; `batch` reported it last."""

    from_seq = IntegerField(primary_key=True)
    to_seq = IntegerField()
    reason = TextField()
    batch = BlobField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "outbox_drop"


class OutboxDroppedRow(Row):
    """How many records ever left the queue unsent, by reason."""

    reason = TextField(primary_key=True)
    count = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "outbox_dropped"
        without_rowid = True


OUTBOX_TABLES: tuple[type[Row], ...] = (
    OutboxRow,
    OutboxStateRow,
    OutboxDropRow,
    OutboxDroppedRow,
)
