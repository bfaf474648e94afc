"""Whether the records still say what was accepted: SQLite's check finds broken pages, not changed words.

A record's hash is made from its JSON (`rows.py`), and for an inference that brought a device of its own from
that device's, too; the columns repeat what the JSON says. Nothing tells of a change in an embedding or a
small picture, in the hash of an attachment (which covers them), or in `session_id` and `received_at`.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import apsw
import msgspec

from store.ids import parse_id
from store.local.rows import HASH_BYTES

_RECORDS = """
SELECT record.number, record.kind, record.content_hash,
       CAST(record.payload AS BLOB), CAST(device.info AS BLOB), record.id,
       record.recorded_at, record.model_version, record.backend, record.source, record.inference_id
FROM record LEFT JOIN device ON device.hash = record.device ORDER BY record.number
"""


class _Said(msgspec.Struct, rename="camel"):
    """What the columns repeat."""

    kind: str
    id: str | None = None
    timestamp: int | None = None
    model_version: str | None = None
    backend: str | None = None
    source: str | None = None
    inference_id: str | None = None


class _Columns(NamedTuple):
    id: bytes
    recorded_at: int
    model_version: str | None
    backend: str | None
    source: str | None
    inference_id: bytes | None


_DECODER = msgspec.json.Decoder(_Said)


def first_changed(connection: apsw.Connection) -> int | None:
    """The number of the first record that is not what was accepted, None where all are."""
    for number, kind, content_hash, payload, device, *columns in connection.execute(_RECORDS):
        hashed = kind == "attachment" or content_hash in (_hash(payload), _hash(payload + (device or b"")))
        if not hashed or not _repeats(payload, kind, _Columns(*columns)):
            return int(number)
    return None


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:HASH_BYTES]


def _repeats(payload: bytes, kind: str, columns: _Columns) -> bool:
    try:
        said = _DECODER.decode(payload)
        record_id = columns.id if said.id is None else parse_id(said.id)
        about = None if said.inference_id is None else parse_id(said.inference_id)
    except (ValueError, UnicodeDecodeError):
        return False
    when = columns.recorded_at if said.timestamp is None else said.timestamp
    told = _Columns(record_id, when, said.model_version, said.backend, said.source, about)
    return said.kind == kind and told == columns
