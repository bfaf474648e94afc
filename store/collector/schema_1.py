"""Schema 1 of the collector, for both databases. Never changed again once it was released.

An event's key, its place in the device's queue and its content's hash stay for ever; retention and withdrawal
blank its payload and its columns that say something. `seen_again` is where a device showed the same event
under another number: a copied or restored memory has a new epoch. `day` is a number of `counted_day`, by
which the age of what is kept is told.
"""

from __future__ import annotations

from store.collector.database import Dialect

_TEMPLATE: tuple[str, ...] = (
    """
    CREATE TABLE collector (
        one {integer} NOT NULL PRIMARY KEY CHECK (one = 1),
        collector_id {blob} NOT NULL,
        made_at {integer} NOT NULL
    ){end}
    """,
    """
    CREATE TABLE counted_day (
        number {integer} NOT NULL PRIMARY KEY,
        wall_day {integer} NOT NULL UNIQUE,
        first_at {integer} NOT NULL
    ){end}
    """,
    """
    CREATE TABLE retention (
        kind TEXT NOT NULL PRIMARY KEY CHECK (kind IN ('payloads', 'embeddings', 'crops')),
        days {integer} NOT NULL CHECK (days > 0)
    ){end}
    """,
    """
    CREATE TABLE device (
        id {blob} NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        public_key {blob} UNIQUE,
        token_hash {blob} NOT NULL UNIQUE,
        scopes TEXT NOT NULL,
        group_name TEXT,
        install_id TEXT,
        app_version TEXT,
        platform TEXT,
        enrolled_at {integer} NOT NULL,
        revoked_at {integer},
        last_seen_at {integer},
        clock_offset_ms {integer},
        waiting {integer},
        accepted {integer} NOT NULL
    ){end}
    """,
    """
    CREATE TABLE enrolment_code (
        code_hash {blob} NOT NULL PRIMARY KEY,
        made_by TEXT NOT NULL,
        group_name TEXT,
        made_at {integer} NOT NULL,
        expires_at {integer} NOT NULL,
        used_by {blob},
        used_at {integer}
    ){end}
    """,
    """
    CREATE TABLE queue_epoch (
        device_id {blob} NOT NULL REFERENCES device (id),
        number {integer} NOT NULL,
        epoch {blob} NOT NULL,
        first_seen_at {integer} NOT NULL,
        last_seq {integer} NOT NULL,
        PRIMARY KEY (device_id, number),
        UNIQUE (device_id, epoch)
    ){end}
    """,
    """
    CREATE TABLE event (
        device_id {blob} NOT NULL,
        event_id {blob} NOT NULL,
        epoch {number} NOT NULL,
        seq {integer} NOT NULL,
        kind TEXT NOT NULL,
        session_id TEXT NOT NULL,
        recorded_at {integer} NOT NULL,
        recorded_original {integer} NOT NULL,
        received_at {integer} NOT NULL,
        day {number} NOT NULL,
        mono_ms {integer},
        boot_id {blob},
        context {blob},
        content_hash {blob} NOT NULL,
        model_version TEXT,
        label TEXT,
        probability {real},
        picture {blob},
        about {blob},
        word TEXT,
        corrected TEXT,
        payload TEXT,
        PRIMARY KEY (device_id, event_id)
    ){event_end}
    """,
    "{partitions}",
    "CREATE INDEX event_place ON event (device_id, epoch, seq)",
    "{arrival_index}",
    "CREATE INDEX event_picture ON event (picture) WHERE picture IS NOT NULL",
    """
    CREATE TABLE seen_again (
        device_id {blob} NOT NULL,
        epoch {number} NOT NULL,
        seq {integer} NOT NULL,
        event_id {blob} NOT NULL,
        PRIMARY KEY (device_id, epoch, seq, event_id)
    ){end}
    """,
    """
    CREATE TABLE event_part (
        device_id {blob} NOT NULL,
        event_id {blob} NOT NULL,
        part TEXT NOT NULL CHECK (part IN ('embedding', 'crop')),
        about {blob},
        day {number} NOT NULL,
        body {blob} NOT NULL,
        PRIMARY KEY (device_id, event_id, part)
    ){end}
    """,
    "CREATE INDEX event_part_day ON event_part (part, day)",
    """
    CREATE TABLE context (
        device_id {blob} NOT NULL,
        hash {blob} NOT NULL,
        info TEXT NOT NULL,
        PRIMARY KEY (device_id, hash)
    ){end}
    """,
    """
    CREATE TABLE dropped_range (
        device_id {blob} NOT NULL,
        epoch {number} NOT NULL,
        from_seq {integer} NOT NULL,
        to_seq {integer} NOT NULL,
        reason TEXT NOT NULL,
        reported_at {integer} NOT NULL,
        PRIMARY KEY (device_id, epoch, from_seq, to_seq, reason)
    ){end}
    """,
    """
    CREATE TABLE rejected_event (
        device_id {blob} NOT NULL,
        event_id {blob} NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        at {integer} NOT NULL,
        PRIMARY KEY (device_id, event_id)
    ){end}
    """,
    """
    CREATE TABLE tombstone (
        id {blob} NOT NULL PRIMARY KEY,
        device_id {blob} NOT NULL REFERENCES device (id),
        scope TEXT NOT NULL CHECK (scope IN ('all', 'embeddings', 'crops', 'file_names', 'places')),
        from_ms {integer},
        at {integer} NOT NULL,
        consent {integer} NOT NULL,
        erased {integer} NOT NULL,
        done_at {integer}
    ){end}
    """,
    "CREATE INDEX tombstone_device ON tombstone (device_id)",
    """
    CREATE TABLE audit (
        id {blob} NOT NULL PRIMARY KEY,
        at {integer} NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        details TEXT NOT NULL
    ){end}
    """,
)


_BUCKETS = """
CREATE {unlogged}TABLE IF NOT EXISTS rate_bucket (
    key TEXT NOT NULL PRIMARY KEY,
    tokens {real} NOT NULL,
    filled_at {integer} NOT NULL
){end}
"""


def rate_buckets(dialect: Dialect) -> str:
    """What makes the table of what may be lost; SQLite keeps it in a file of its own."""
    return _BUCKETS.format(
        unlogged=dialect.unlogged, real=dialect.real, integer=dialect.integer, end=dialect.table_end
    )


def statements(dialect: Dialect) -> list[str]:
    """What makes the schema in an empty database."""
    words = {
        "blob": dialect.blob,
        "integer": dialect.integer,
        "number": dialect.number,
        "real": dialect.real,
        "end": dialect.table_end,
        "event_end": dialect.event_end,
        "arrival_index": dialect.arrival_index,
    }
    made: list[str] = []
    for template in _TEMPLATE:
        if template == "{partitions}":
            made += dialect.event_partitions
        else:
            made.append(template.format(**words))
    return [*made, rate_buckets(dialect)] if dialect.unlogged else made
