"""Schema 4: retention and erasure. Never changed again once it was released."""

from __future__ import annotations

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE clock_watch (
        number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1),
        wall_ms INTEGER NOT NULL,
        counted_ms INTEGER NOT NULL,
        gap_ms INTEGER NOT NULL,
        steady_ms INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE clock_mark (
        counted_ms INTEGER NOT NULL PRIMARY KEY,
        last_record INTEGER NOT NULL
    ) STRICT
    """,
)
