"""Schema 6 of the collector: models of which releases are made. Never changed again once it was released.

A model is described by a manifest that nobody signed (`store.releases.manifest`), so that making a release of
it is giving that a number. Its files are kept in the pieces of schema 3, under their hash.
"""

from __future__ import annotations

from store.collector.database import Dialect

_TEMPLATE: tuple[str, ...] = (
    """
    CREATE TABLE model (
        id TEXT NOT NULL PRIMARY KEY,
        backbone_id {blob} NOT NULL,
        manifest {blob} NOT NULL,
        added_by TEXT NOT NULL,
        added_at {integer} NOT NULL
    ){end}
    """,
    """
    CREATE TABLE model_file (
        model TEXT NOT NULL REFERENCES model (id),
        name TEXT NOT NULL,
        size {integer} NOT NULL,
        sha256 {blob} NOT NULL,
        PRIMARY KEY (model, name)
    ){end}
    """,
)


def statements(dialect: Dialect) -> list[str]:
    """What makes schema 6 of schema 5."""
    words = {"blob": dialect.blob, "integer": dialect.integer, "end": dialect.table_end}
    return [template.format(**words) for template in _TEMPLATE]
