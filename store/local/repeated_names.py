"""A record that says a thing twice is refused: of two values one would be lost without a word."""

from __future__ import annotations

from store.json_places import repeated_key
from store.local.decoding import Refused
from store.local.rows import RECORD_COLUMNS, Prepared

_PAYLOAD = RECORD_COLUMNS.index("payload")
_HEAVY_PARTS = 3  # embedding, thumbnail and crop are kept beside the payload


def refuse_repeated_names(raw: bytes, prepared: Prepared) -> None:
    """Raises Refused where an object of this valid record has a name twice.

    A record with no more colons than its payload, which was encoded anew, and its heavy parts has each name
    once, and counting costs next to nothing. Only one with more, or with escaped letters among which a colon
    might hide, is read again.
    """
    heavy = prepared.parts.heavy
    left_out = 0 if heavy is None else sum(part is not None for part in heavy[:_HEAVY_PARTS])
    payload = str(prepared.row[_PAYLOAD])
    if raw.count(b":") <= payload.count(":") + left_out and b"\\u" not in raw:
        return
    name = repeated_key(raw)
    if name is not None:
        raise Refused("repeated", f"Change {name}: it is there twice, and only one can count.")
