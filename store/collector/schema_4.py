"""Schema 4 of the collector: the key that signs receipts. Never changed again once it was released.

It lies in the database, so that all instances and a restored collector have the same.
"""

from __future__ import annotations

from store.collector.database import Dialect

_TEMPLATE: tuple[str, ...] = (
    """
    CREATE TABLE receipt_key (
        one {integer} NOT NULL PRIMARY KEY CHECK (one = 1),
        private_key {blob} NOT NULL
    ){end}
    """,
)


def statements(dialect: Dialect) -> list[str]:
    """What makes schema 4 of schema 3."""
    words = {"blob": dialect.blob, "integer": dialect.integer, "end": dialect.table_end}
    return [template.format(**words) for template in _TEMPLATE]
