"""What of a record is always the same, whatever its user agreed to share: how a collector knows it again.

A record may be sent twice with a change of consent in between, so that once it carries a file name or an
embedding and once it does not. It is in conflict with itself only where its core differs.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

HEAVY = frozenset({"embedding", "crop", "thumbnail"})
PLACES = frozenset({"latitude", "longitude", "altitude"})
OF_A_PICTURE = frozenset({"fileName", "path"}) | PLACES
OF_A_FAILURE = frozenset({"fileName", "path", "says"})  # what a browser says of a file may name it


def core(record: dict[str, Any]) -> dict[str, Any]:
    """The record without what is shared by consent alone: heavy parts, file name, path and place."""
    kept = {name: value for name, value in record.items() if name not in HEAVY}
    for part, names in (("picture", OF_A_PICTURE), ("detail", OF_A_FAILURE)):
        if isinstance(found := kept.get(part), dict):
            kept[part] = {name: value for name, value in found.items() if name not in names}
    return kept


def core_hash(record: bytes | msgspec.Raw) -> bytes:
    """SHA-256 of a record's core with its names sorted. Raises msgspec.DecodeError where it is no object."""
    parsed = msgspec.json.decode(record, type=dict[str, Any])
    return hashlib.sha256(msgspec.json.encode(core(parsed), order="deterministic")).digest()
