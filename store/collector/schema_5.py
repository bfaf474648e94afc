"""Schema 5 of the collector: what the team does with what came in. Never changed again once it was released.

`uncounted` holds, 16 bytes each, the ids of events that were accepted and are not in `timing` and `last_word`
yet. `last_word` is what a device's user last said of one answer, `timing` a packed histogram of a day's
answers (`store.local.figures.buckets`); `day` in both is the calendar day (UTC) on which the picture was
recognised. Of a picture at most one settlement stands. What was erased at its device stays in `erased_event`.
`beat` is when the database was last looked after: by it a replica tells its age.
"""

from __future__ import annotations

from store.collector.database import Dialect

_TEMPLATE: tuple[str, ...] = (
    """
    CREATE TABLE uncounted (
        id {blob} NOT NULL PRIMARY KEY,
        device_id {blob} NOT NULL,
        events {blob} NOT NULL
    ){end}
    """,
    "CREATE INDEX uncounted_device ON uncounted (device_id)",
    """
    CREATE TABLE last_word (
        device_id {blob} NOT NULL,
        event_id {blob} NOT NULL,
        day {number} NOT NULL,
        model_version TEXT,
        picture {blob},
        answer TEXT,
        word TEXT NOT NULL CHECK (word IN ('right', 'wrong', 'unsure')),
        named TEXT,
        blind {number} NOT NULL,
        said_at {integer} NOT NULL,
        PRIMARY KEY (device_id, event_id)
    ){end}
    """,
    "CREATE INDEX last_word_picture ON last_word (picture) WHERE picture IS NOT NULL",
    "CREATE INDEX last_word_day ON last_word (day)",
    """
    CREATE TABLE timing (
        day {number} NOT NULL,
        device_id {blob} NOT NULL,
        model_version TEXT NOT NULL,
        measure TEXT NOT NULL CHECK (measure IN ('pictures', 'inference', 'preprocessing', 'total')),
        n {integer} NOT NULL,
        total {integer} NOT NULL,
        buckets {blob} NOT NULL,
        PRIMARY KEY (day, device_id, model_version, measure)
    ){end}
    """,
    """
    CREATE TABLE settlement (
        id {blob} NOT NULL PRIMARY KEY,
        picture {blob} NOT NULL,
        label TEXT,
        settled_by TEXT NOT NULL,
        settled_at {integer} NOT NULL,
        undone_by TEXT,
        undone_at {integer}
    ){end}
    """,
    "CREATE UNIQUE INDEX settlement_standing ON settlement (picture) WHERE undone_at IS NULL",
    """
    CREATE TABLE label (
        name TEXT NOT NULL PRIMARY KEY,
        scientific TEXT
    ){end}
    """,
    """
    CREATE TABLE label_synonym (
        synonym TEXT NOT NULL PRIMARY KEY,
        label TEXT NOT NULL REFERENCES label (name)
    ){end}
    """,
    "CREATE INDEX label_synonym_label ON label_synonym (label)",
    """
    CREATE TABLE label_list (
        one {integer} NOT NULL PRIMARY KEY CHECK (one = 1),
        etag TEXT
    ){end}
    """,
    """
    CREATE TABLE erased_event (
        device_id {blob} NOT NULL,
        event_id {blob} NOT NULL,
        at {integer} NOT NULL,
        PRIMARY KEY (device_id, event_id)
    ){end}
    """,
    """
    CREATE TABLE beat (
        one {integer} NOT NULL PRIMARY KEY CHECK (one = 1),
        at {integer} NOT NULL
    ){end}
    """,
    "CREATE INDEX event_part_about ON event_part (device_id, about) WHERE about IS NOT NULL",
    "CREATE INDEX event_about ON event (device_id, about) WHERE about IS NOT NULL",
)


def statements(dialect: Dialect) -> list[str]:
    """What makes schema 5 of schema 4."""
    words = {
        "blob": dialect.blob,
        "integer": dialect.integer,
        "number": dialect.number,
        "end": dialect.table_end,
    }
    return [template.format(**words) for template in _TEMPLATE]
