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
    """
    CREATE TABLE upkeep (
        number INTEGER NOT NULL PRIMARY KEY,
        what TEXT NOT NULL CHECK (what IN ('retention', 'erasure')),
        asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
        state TEXT NOT NULL CHECK (state IN ('working', 'done')),
        plan TEXT NOT NULL,
        done TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        counted_ms INTEGER NOT NULL,
        told INTEGER NOT NULL CHECK (told IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX upkeep_working ON upkeep (number) WHERE state = 'working'",
    "CREATE INDEX retraction_by ON retraction (retracted_by)",
    """
    CREATE TABLE erased (
        mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 16),
        salt BLOB NOT NULL CHECK (length(salt) = 16),
        before_ms INTEGER NOT NULL,
        counted_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)
