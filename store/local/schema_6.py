"""Schema 6: what a collector has yet to hear of, and what it told. Never changed again once it was released.

`erased_sent` has the ids of records that were erased here and may be at the collector, until it has let go of
them. `shared_label` is the team's list of labels as the collector gave it last; `synonyms` is JSON.
"""

from __future__ import annotations

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE erased_sent (
        event_id BLOB NOT NULL PRIMARY KEY
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE shared_label (
        name TEXT NOT NULL PRIMARY KEY,
        scientific TEXT,
        synonyms TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)
