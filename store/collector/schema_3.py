"""Schema 3 of the collector: model releases. Never changed again once it was released.

`release_keys.keys` are raw public keys, one behind the other; `change` is the signed change that led to them,
NULL for the first. `group_names` is a JSON list, NULL where a release is for all groups. Files are kept in
pieces under their hash, so that every instance serves them and a range costs what it holds.
"""

from __future__ import annotations

from store.collector.database import Dialect

_TEMPLATE: tuple[str, ...] = (
    """
    CREATE TABLE release_keys (
        number {integer} NOT NULL PRIMARY KEY,
        keys {blob} NOT NULL,
        change {blob},
        added_at {integer} NOT NULL
    ){end}
    """,
    """
    CREATE TABLE release (
        version {integer} NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        size {integer} NOT NULL,
        manifest_sha256 {blob} NOT NULL,
        envelope {blob} NOT NULL,
        expires_at {integer} NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('out', 'paused', 'withdrawn')),
        percent {number} NOT NULL CHECK (percent BETWEEN 0 AND 100),
        group_names TEXT,
        added_at {integer} NOT NULL
    ){end}
    """,
    """
    CREATE TABLE release_file (
        version {integer} NOT NULL REFERENCES release (version),
        name TEXT NOT NULL,
        size {integer} NOT NULL,
        sha256 {blob} NOT NULL,
        PRIMARY KEY (version, name)
    ){end}
    """,
    """
    CREATE TABLE release_piece (
        sha256 {blob} NOT NULL,
        number {number} NOT NULL,
        body {blob} NOT NULL,
        PRIMARY KEY (sha256, number)
    ){end}
    """,
    """
    CREATE TABLE release_report (
        device_id {blob} NOT NULL REFERENCES device (id),
        version {integer} NOT NULL REFERENCES release (version),
        state TEXT NOT NULL CHECK (state IN ('downloaded', 'shadow', 'active', 'rolled-back', 'refused')),
        at {integer} NOT NULL,
        figures TEXT NOT NULL,
        PRIMARY KEY (device_id, version, state)
    ){end}
    """,
)


def statements(dialect: Dialect) -> list[str]:
    """What makes schema 3 of schema 2."""
    words = {
        "blob": dialect.blob,
        "integer": dialect.integer,
        "number": dialect.number,
        "end": dialect.table_end,
    }
    return [template.format(**words) for template in _TEMPLATE]
