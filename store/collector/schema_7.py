"""Schema 7 of the collector: what came so far of models that devices hand in. Never changed again once it was
released.

The parts of a file follow each other from byte 0. Nothing of them is believed before the file is whole.
"""

from __future__ import annotations

from store.collector.database import Dialect

_TEMPLATE = """
CREATE TABLE model_part (
    device_id {blob} NOT NULL REFERENCES device (id),
    sha256 {blob} NOT NULL,
    first {integer} NOT NULL,
    body {blob} NOT NULL,
    PRIMARY KEY (device_id, sha256, first)
){end}
"""


def statements(dialect: Dialect) -> list[str]:
    """What makes schema 7 of schema 6."""
    return [_TEMPLATE.format(blob=dialect.blob, integer=dialect.integer, end=dialect.table_end)]
