"""Schema 7: the folder queue. Never changed again once it was released.

A job is what the user opened: `paths` and `left_out` are JSON. Its pictures are what was found there; `path`
is what the file system calls the file, byte by byte. `record_id` is the id of the record that ends the
picture's wait, so that no picture can be recorded twice; `dropped` counts those that a cancel let go of.
"""

from __future__ import annotations

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE queue_job (
        number INTEGER NOT NULL PRIMARY KEY,
        added_at INTEGER NOT NULL,
        ended_at INTEGER,
        state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'done')),
        walked INTEGER NOT NULL CHECK (walked IN (0, 1)),
        dropped INTEGER NOT NULL,
        paths TEXT NOT NULL,
        left_out TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE queue_picture (
        number INTEGER NOT NULL PRIMARY KEY,
        job INTEGER NOT NULL REFERENCES queue_job (number) ON DELETE CASCADE,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'done', 'failed')),
        attempts INTEGER NOT NULL,
        record_id BLOB NOT NULL UNIQUE,
        in_folder INTEGER NOT NULL CHECK (in_folder IN (0, 1)),
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        path BLOB NOT NULL,
        reason TEXT,
        sentence TEXT,
        UNIQUE (job, path)
    ) STRICT
    """,
    "CREATE INDEX queue_picture_by_state ON queue_picture (job, state, attempts)",
)
