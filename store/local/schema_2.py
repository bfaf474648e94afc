"""Schema 2: the outbox. Never changed again once it was released.

A record's place in the queue is its number, so that a row is little more than a state, and appending it costs
no index: the one index holds exceptional states alone. `outbox_state` is one row: the next number to give,
the counters of the accounting, the batch in flight, and what identifies the queue.
"""

from __future__ import annotations

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE outbox (
        seq INTEGER NOT NULL PRIMARY KEY REFERENCES record (number),
        state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2, 3)),
        attempts INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL,
        code TEXT
    ) STRICT
    """,
    "CREATE INDEX outbox_exceptional ON outbox (state, seq) WHERE state <> 0",
    """
    CREATE TABLE outbox_state (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        next_number INTEGER NOT NULL,
        recorded INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        waiting INTEGER NOT NULL,
        rejected INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        ready_from INTEGER NOT NULL,
        spared_to INTEGER NOT NULL,
        batch BLOB CHECK (length(batch) = 16),
        epoch BLOB CHECK (length(epoch) = 16),
        home BLOB CHECK (length(home) = 16)
    ) STRICT
    """,
    """
    CREATE TABLE outbox_drop (
        from_seq INTEGER NOT NULL PRIMARY KEY,
        to_seq INTEGER NOT NULL CHECK (to_seq >= from_seq),
        reason TEXT NOT NULL,
        batch BLOB CHECK (length(batch) = 16)
    ) STRICT
    """,
    """
    CREATE TABLE outbox_dropped (reason TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL)
    STRICT, WITHOUT ROWID
    """,
    "INSERT INTO outbox (seq, bytes) SELECT number, octet_length(payload) FROM record ORDER BY number",
    """
    INSERT INTO outbox_state
    SELECT 1, coalesce(max(seq), 0) + 1, count(*), 0, count(*), 0, coalesce(sum(bytes), 0), 1,
           1, NULL, NULL, NULL
    FROM outbox
    """,
)
