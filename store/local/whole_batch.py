"""The quick way in: a body in which every record is right is decoded at once, not record by record.

It decides nothing by itself. Where anything is unusual it steps back, and the careful way (`decoding.py`,
`repeated_names.py`) reads the same body again and says what is wrong with which record.
"""

from __future__ import annotations

import hashlib
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
    if b"\\u" in content:  # among escaped letters a colon or U+0000 might hide
        return None
    try:
        batch = _DECODER.decode(content)
        device = None if batch.device_info is None else device_row(batch.device_info)
        origin = Origin(batch.session_id, hashlib.sha256(content).digest(), received_at, device)
        prepared = [prepare(record, index, origin) for index, record in enumerate(batch.statistics)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Refused):
        return None
    names = _OWN_NAMES + sum(map(_names, prepared))
    if device is not None:
        names += 1 + device[1].count(":")
    return WholeBatch(batch.session_id, prepared) if content.count(b":") <= names else None


def _names(prepared: Prepared) -> int:
    """How many colons a record has that says each thing once; a colon in a text counts on both sides."""
    heavy = prepared.parts.heavy
    left_out = 0 if heavy is None else sum(part is not None for part in heavy[:_HEAVY])
    return str(prepared.row[_PAYLOAD]).count(":") + left_out
