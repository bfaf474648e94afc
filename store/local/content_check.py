"""Whether the records still say what was accepted, whatever the pages' sums say (`page_sums.py`).

A record's hash is made from its JSON (`rows.py`), and for an inference that brought a device of its own from
that device's, too; the columns repeat what the JSON says. Only the sums tell of a change in an embedding or
a small picture, in the hash of an attachment (which covers them), or in `session_id` and `received_at`.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import apsw
import msgspec

from store.ids import parse_id
from store.local.rows import HASH_BYTES

_RECORDS = """
SELECT record.number, record.content_hash, CAST(record.payload AS BLOB), CAST(device.info AS BLOB),
       CAST(record.kind AS BLOB), record.id, record.recorded_at, CAST(record.model_version AS BLOB),
       CAST(record.backend AS BLOB), CAST(record.source AS BLOB), record.inference_id
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


class Columns(NamedTuple):
    """What repeats the JSON. Texts as bytes: what was damaged may be no text."""

    kind: bytes
    id: bytes
    recorded_at: int
    model_version: bytes | None
    backend: bytes | None
    source: bytes | None
    inference_id: bytes | None


_DECODER = msgspec.json.Decoder(_Said)


def first_changed(connection: apsw.Connection) -> int | None:
    """The number of the first record that is not what was accepted, None where all are."""
    for number, content_hash, payload, device, *rest in connection.execute(_RECORDS):
        columns = Columns(*rest)
        unhashed = columns.kind == b"attachment"
        hashes = (_hash(payload), _hash(payload + (device or b"")))
        if not (unhashed or content_hash in hashes) or repeated(payload, columns) != columns:
            return int(number)
    return None


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:HASH_BYTES]


def repeated(payload: bytes, columns: Columns) -> Columns | None:
    """The columns as the JSON has them; what it leaves out stays as it is. None for an unreadable one."""
    try:
        said = _DECODER.decode(payload)
        record_id = columns.id if said.id is None else parse_id(said.id)
        about = None if said.inference_id is None else parse_id(said.inference_id)
    except (ValueError, UnicodeDecodeError):
        return None
    when = columns.recorded_at if said.timestamp is None else said.timestamp
    version, backend, source = map(_bytes, (said.model_version, said.backend, said.source))
    return Columns(said.kind.encode(), record_id, when, version, backend, source, about)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
