"""Schema 1, as it was released: never changed again, a later schema is a later migration.

Indexes stay few and narrow, since each costs every insert: a picture is a number in a record, and ids
sort by time. Only small rows live WITHOUT ROWID.
"""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE device (
        hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 16),
        info TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE picture (
        number INTEGER NOT NULL PRIMARY KEY,
        sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
        file_name TEXT NOT NULL,
        path TEXT,
        width INTEGER,
        height INTEGER,
        bytes INTEGER,
        captured_at TEXT,
        first_seen INTEGER NOT NULL,
        thumbnail BLOB,
        crop BLOB
    ) STRICT
    """,
    """
    CREATE TABLE record (
        number INTEGER NOT NULL PRIMARY KEY,
        id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
        kind TEXT NOT NULL,
        session_id TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        content_hash BLOB NOT NULL CHECK (length(content_hash) = 16),
        model_version TEXT,
        label TEXT,
        probability REAL,
        backend TEXT,
        source TEXT,
        picture INTEGER REFERENCES picture (number),
        inference_id BLOB CHECK (length(inference_id) = 16),
        device BLOB REFERENCES device (hash),
        captured_at TEXT,
        project TEXT,
        site TEXT,
        deployment TEXT,
        observer TEXT,
        latitude REAL,
        longitude REAL,
        place_coarseness REAL,
        payload TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX record_session ON record (session_id)",
    "CREATE INDEX record_time ON record (recorded_at)",
    "CREATE INDEX record_version ON record (model_version, recorded_at) WHERE model_version IS NOT NULL",
    "CREATE INDEX record_label ON record (label, recorded_at) WHERE label IS NOT NULL",
    "CREATE INDEX record_picture ON record (picture, kind, recorded_at) WHERE picture IS NOT NULL",
    "CREATE INDEX record_about ON record (inference_id) WHERE inference_id IS NOT NULL",
    """
    CREATE TABLE embedding (
        record INTEGER NOT NULL PRIMARY KEY REFERENCES record (number) ON DELETE CASCADE,
        space_id BLOB NOT NULL CHECK (length(space_id) = 32),
        variant TEXT,
        backend TEXT,
        vector BLOB NOT NULL CHECK (length(vector) % 2 = 0)
    ) STRICT
    """,
    """
    CREATE TABLE feedback (
        id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
        inference_id BLOB NOT NULL CHECK (length(inference_id) = 16),
        picture INTEGER REFERENCES picture (number),
        is_correct INTEGER CHECK (is_correct IN (0, 1)),
        corrected_label TEXT,
        confidence REAL NOT NULL,
        recorded_at INTEGER NOT NULL,
        retracted_by BLOB
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX feedback_about ON feedback (inference_id, recorded_at)",
    "CREATE INDEX feedback_picture ON feedback (picture) WHERE picture IS NOT NULL",
    """
    CREATE INDEX feedback_label ON feedback (corrected_label, recorded_at)
    WHERE corrected_label IS NOT NULL AND retracted_by IS NULL
    """,
    """
    CREATE TABLE retraction (
        retracted BLOB NOT NULL CHECK (length(retracted) = 16),
        retracted_by BLOB NOT NULL CHECK (length(retracted_by) = 16),
        PRIMARY KEY (retracted, retracted_by)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE waiting_attachment (
        number INTEGER NOT NULL PRIMARY KEY,
        inference_id BLOB NOT NULL CHECK (length(inference_id) = 16),
        embedding BLOB,
        thumbnail BLOB,
        crop BLOB
    ) STRICT
    """,
    "CREATE INDEX waiting_attachment_about ON waiting_attachment (inference_id)",
    "CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE model_version (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        architecture TEXT NOT NULL,
        alpha REAL,
        backbone_id TEXT NOT NULL,
        head_id TEXT NOT NULL,
        space_id TEXT NOT NULL,
        variant TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('candidate', 'shadow', 'active', 'retired')),
        made TEXT NOT NULL,
        source TEXT NOT NULL,
        licence TEXT NOT NULL,
        label_count INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        parent_id TEXT,
        metrics TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX model_version_active ON model_version (state) WHERE state = 'active'",
    """
    CREATE TABLE activation (
        number INTEGER NOT NULL PRIMARY KEY,
        version_id TEXT NOT NULL REFERENCES model_version (id),
        activated_at INTEGER NOT NULL
    ) STRICT
    """,
)
