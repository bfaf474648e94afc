"""One record back from its rows, as it was accepted."""

from __future__ import annotations

import msgspec

from store.events import DeviceInfo, Inference, Record
from store.local.connection import LocalDatabase
from store.local.tables import DeviceRow, EmbeddingRow, RecordRow

_RECORD = msgspec.json.Decoder(Record)
_DEVICE = msgspec.json.Decoder(DeviceInfo)


def find_record(db: LocalDatabase, record_id: bytes) -> Record | None:
    """The record with this id, without its heavy parts; an inference with the device that made it."""
    query = (
        RecordRow.select(RecordRow.payload, DeviceRow.info)
        .left_outer_join(DeviceRow, on=(DeviceRow.hash == RecordRow.device))
        .where(RecordRow.id == record_id)
    )
    row = query.tuples().first(db)
    if row is None:
        return None
    record: Record = _RECORD.decode(row[0])
    if isinstance(record, Inference) and row[1] is not None:
        return msgspec.structs.replace(record, device_info=_DEVICE.decode(row[1]))
    return record


def find_embedding(db: LocalDatabase, inference_id: bytes) -> bytes | None:
    """The embedding of an inference, little-endian float16, None where it has none."""
    query = (
        EmbeddingRow.select(EmbeddingRow.vector)
        .join(RecordRow, on=(RecordRow.number == EmbeddingRow.record))
        .where(RecordRow.id == inference_id)
    )
    row = query.tuples().first(db)
    return None if row is None else bytes(row[0])
