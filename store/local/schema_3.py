"""Schema 3: figures added up by the hour and by the day. Never changed again once it was released.

`unit` is 3,600,000 or 86,400,000 ms and `start` a whole multiple of it since the epoch (UTC). `grp` is a pair
of model version and backend, '' where a record names none. `buckets` is what
store/local/figures/buckets.py packs. `figure_visit` counts the answers about a picture (its number) or in a
session (its id) by the hour; `figure_distinct` counts, by slice (version and backend as JSON, null for any),
how many of them were in an hour and next in another one (2^62: in none since): so distinct pictures of any
range of hours are a sum. `figure_storage` is kept by triggers where rows are heavy, by the roll-up elsewhere.
A picture is inserted without its images, which an update brings: a trigger on its insert, even one that never
fires, would make SQLite keep an undo copy of the pages of every statement (a sixth of what a record costs).
"""

from __future__ import annotations

_HEAVY = """
UPDATE figure_storage SET bytes = bytes {sign} coalesce(length({row}.{column}), 0),
count = count {sign} ({row}.{column} IS NOT NULL) WHERE kind = '{kind}'
"""


def _trigger(name: str, event: str, *changes: tuple[str, str, str, str]) -> str:
    """A trigger that keeps the sums; a change is (sign, OLD or NEW, column, kind)."""
    body = "".join(
        _HEAVY.format(sign=sign, row=row, column=column, kind=kind) + ";"
        for sign, row, column, kind in changes
    )
    return f"CREATE TRIGGER {name} AFTER {event} BEGIN {body} END"


def _image_changes(sign: str, row: str) -> tuple[tuple[str, str, str, str], ...]:
    return ((sign, row, "thumbnail", "thumbnails"), (sign, row, "crop", "crops"))


STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE figure_state (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO figure_state VALUES ('rolled', 0)",
    """
    CREATE TABLE figure_group (
        number INTEGER NOT NULL PRIMARY KEY,
        version TEXT NOT NULL,
        backend TEXT NOT NULL,
        UNIQUE (version, backend)
    ) STRICT
    """,
    """
    CREATE TABLE figure_count (
        unit INTEGER NOT NULL,
        start INTEGER NOT NULL,
        what TEXT NOT NULL,
        grp INTEGER NOT NULL,
        detail TEXT NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (unit, start, what, grp, detail)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE figure_histogram (
        unit INTEGER NOT NULL,
        start INTEGER NOT NULL,
        measure TEXT NOT NULL,
        grp INTEGER NOT NULL,
        n INTEGER NOT NULL,
        total INTEGER NOT NULL,
        buckets BLOB NOT NULL,
        PRIMARY KEY (unit, start, measure, grp)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE figure_timing (
        unit INTEGER NOT NULL,
        start INTEGER NOT NULL,
        area TEXT NOT NULL,
        name TEXT NOT NULL,
        outcome TEXT NOT NULL,
        n INTEGER NOT NULL,
        total INTEGER NOT NULL,
        buckets BLOB NOT NULL,
        PRIMARY KEY (unit, start, area, name, outcome)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE figure_visit (
        subject ANY NOT NULL,
        start INTEGER NOT NULL,
        grp INTEGER NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (subject, start, grp)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE figure_distinct (
        what TEXT NOT NULL,
        slice TEXT NOT NULL,
        start INTEGER NOT NULL,
        following INTEGER NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (what, slice, start, following)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE figure_word (
        inference_id BLOB NOT NULL PRIMARY KEY CHECK (length(inference_id) = 16),
        start INTEGER NOT NULL,
        grp INTEGER NOT NULL,
        word TEXT NOT NULL CHECK (word IN ('right', 'wrong', 'unsure')),
        corrected INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE figure_recheck (inference_id BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE figure_storage (
        kind TEXT NOT NULL PRIMARY KEY, bytes INTEGER NOT NULL, count INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO figure_storage VALUES ('records', 0, 0), ('feedback', 0, 0)",
    "INSERT INTO figure_storage SELECT 'embeddings', coalesce(sum(length(vector)), 0), count(*) "
    "FROM embedding",
    *(
        f"INSERT INTO figure_storage SELECT '{column}s', coalesce(sum(length({column})), 0), count({column}) "  # noqa: S608
        "FROM picture"
        for column in ("thumbnail", "crop")
    ),
    _trigger("figure_embedding_added", "INSERT ON embedding", ("+", "NEW", "vector", "embeddings")),
    _trigger("figure_embedding_gone", "DELETE ON embedding", ("-", "OLD", "vector", "embeddings")),
    _trigger(
        "figure_images_changed",
        "UPDATE OF thumbnail, crop ON picture",
        *_image_changes("-", "OLD"),
        *_image_changes("+", "NEW"),
    ),
    _trigger(
        "figure_images_gone",
        "DELETE ON picture WHEN OLD.thumbnail IS NOT NULL OR OLD.crop IS NOT NULL",
        *_image_changes("-", "OLD"),
    ),
    """
    CREATE TRIGGER figure_record_gone AFTER DELETE ON record
    WHEN OLD.number <= (SELECT value FROM figure_state WHERE name = 'rolled')
    BEGIN
        UPDATE figure_storage SET bytes = bytes - length(CAST(OLD.payload AS BLOB)), count = count - 1
        WHERE kind = CASE OLD.kind WHEN 'feedback' THEN 'feedback' ELSE 'records' END;
    END
    """,
    """
    CREATE TABLE retraining_trigger (
        number INTEGER NOT NULL PRIMARY KEY,
        at INTEGER NOT NULL,
        cause TEXT NOT NULL,
        evidence TEXT NOT NULL
    ) STRICT
    """,
)
