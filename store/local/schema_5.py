"""Schema 5: learning. Never changed again once it was released.

What speaks of a picture or of a record goes with it, by the foreign keys: whoever removes one need not know
these tables. A label of NULL is "none of these". Versions are named without a key: what a training leaves is
written before its version is registered.
"""

from __future__ import annotations

_SIDE = "TEXT NOT NULL CHECK (side IN ('train', 'calibration', 'holdout'))"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE label_change (
        number INTEGER NOT NULL PRIMARY KEY,
        changed_at INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('rename', 'merge')),
        old TEXT NOT NULL,
        new TEXT NOT NULL,
        undone_at INTEGER
    ) STRICT
    """,
    f"""
    CREATE TABLE example_side (
        picture INTEGER NOT NULL PRIMARY KEY REFERENCES picture (number) ON DELETE CASCADE,
        side {_SIDE},
        burst INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE training_run (
        id TEXT NOT NULL PRIMARY KEY,
        mode TEXT NOT NULL CHECK (mode IN ('head', 'fine-tune', 'full')),
        label_mode TEXT NOT NULL CHECK (label_mode IN ('mine', 'extend')),
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        asked_by TEXT NOT NULL CHECK (asked_by IN ('user', 'trigger', 'command')),
        options TEXT NOT NULL,
        parent_version TEXT,
        version TEXT,
        stage TEXT NOT NULL,
        sentence TEXT NOT NULL,
        advice TEXT NOT NULL,
        progress REAL,
        epochs TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER
    ) STRICT
    """,
    f"""
    CREATE TABLE version_picture (
        version_id TEXT NOT NULL,
        picture INTEGER NOT NULL REFERENCES picture (number) ON DELETE CASCADE,
        side {_SIDE},
        label TEXT,
        PRIMARY KEY (version_id, picture)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX version_picture_of ON version_picture (picture)",
    """
    CREATE TABLE shadow_answer (
        record INTEGER NOT NULL REFERENCES record (number) ON DELETE CASCADE,
        version_id TEXT NOT NULL,
        label TEXT NOT NULL,
        probability REAL NOT NULL,
        PRIMARY KEY (record, version_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX shadow_answer_of ON shadow_answer (version_id)",
    """
    CREATE TABLE shadow_progress (
        version_id TEXT NOT NULL PRIMARY KEY,
        last_record INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE audit_picture (
        record INTEGER NOT NULL PRIMARY KEY REFERENCES record (number) ON DELETE CASCADE,
        asked_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'skipped'))
    ) STRICT
    """,
    "CREATE INDEX audit_picture_waiting ON audit_picture (record) WHERE state = 'waiting'",
    """
    CREATE TABLE trigger_decision (
        number INTEGER NOT NULL PRIMARY KEY,
        decided_at INTEGER NOT NULL,
        cause TEXT NOT NULL,
        decision TEXT NOT NULL,
        evidence TEXT NOT NULL,
        run_id TEXT
    ) STRICT
    """,
)
