"""The quick way in: a body in which every record is right is decoded at once, not record by record.

It decides nothing by itself. Where anything is unusual it steps back, and the careful way (`decoding.py`,
`repeated_names.py`) reads the same body again and says what is wrong with which record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from store.events import MOST_RECORDS, DeviceInfo, Name, Record
from store.local.decoding import Refused
from store.local.rows import RECORD_COLUMNS, Origin, Prepared, device_row, prepare

_PAYLOAD = RECORD_COLUMNS.index("payload")
_OWN_NAMES = 2  # sessionId and statistics
_HEAVY = 3  # embedding, thumbnail and crop are kept beside the payload


class _Whole(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """`StatisticsBatch`, with its records decoded."""

    session_id: Name
    statistics: Annotated[list[Record], Meta(max_length=MOST_RECORDS)]
    device_info: DeviceInfo | None = None


class WholeBatch(NamedTuple):
    """A body of which every record is prepared."""

    session_id: str
    prepared: list[Prepared]


_DECODER = msgspec.json.Decoder(_Whole)


def prepare_whole(content: bytes, received_at: int) -> WholeBatch | None:
    """The records of a body as rows; None where one is not as it should be, or may say something twice."""
    if b"\\" in content and b"\\u" in content:  # among escaped letters a colon or U+0000 might hide
        return None
    try:
        batch = _DECODER.decode(content)
        device = None if batch.device_info is None else device_row(batch.device_info)
        origin = Origin(batch.session_id, _hash_for_ids(content, batch), received_at, device)
        prepared = [prepare(record, index, origin) for index, record in enumerate(batch.statistics)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Refused):
        return None
    names = _OWN_NAMES + _names(prepared)
    if device is not None:
        names += 1 + device[1].count(":")
    return WholeBatch(batch.session_id, prepared) if content.count(b":") <= names else None


def _hash_for_ids(content: bytes, batch: _Whole) -> bytes:
    """What ids are made from where a record has none, which is rare; nothing where all have their own."""
    return hashlib.sha256(content).digest() if any(record.id is None for record in batch.statistics) else b""


def _names(prepared: Sequence[Prepared]) -> int:
    """How many colons records have that say each thing once; a colon in a text counts on both sides."""
    payloads = "".join([str(item.row[_PAYLOAD]) for item in prepared])
    heavies = [item.parts.heavy[:_HEAVY] for item in prepared if item.parts.heavy is not None]
    return payloads.count(":") + sum(part is not None for heavy in heavies for part in heavy)
