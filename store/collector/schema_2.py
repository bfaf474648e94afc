"""Schema 2 of the collector: the team's accounts. Never changed again once it was released."""

from __future__ import annotations

from store.collector.database import Dialect

_TEMPLATE: tuple[str, ...] = (
    """
    CREATE TABLE account (
        name TEXT NOT NULL PRIMARY KEY,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'labeller', 'admin')),
        password_hash TEXT NOT NULL,
        made_at {integer} NOT NULL,
        closed_at {integer}
    ){end}
    """,
    """
    CREATE TABLE sign_in (
        token_hash {blob} NOT NULL PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account (name),
        began_at {integer} NOT NULL,
        day {number} NOT NULL
    ){end}
    """,
)


def statements(dialect: Dialect) -> list[str]:
    """What makes schema 2 of schema 1."""
    words = {
        "blob": dialect.blob,
        "integer": dialect.integer,
        "number": dialect.number,
        "end": dialect.table_end,
    }
    return [template.format(**words) for template in _TEMPLATE]
