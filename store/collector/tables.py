"""Columns that more than one module writes or reads in one order."""

from __future__ import annotations

from typing import NamedTuple


class EventRow(NamedTuple):
    """One event as it is kept, but for what the database knows: the numbers of its `epoch` and its `day`.

    `recorded_at` is corrected for a wrong clock, `recorded_original` is not. `content_hash` is empty as long
    as `same_content` can make it. `about` is the event that this one speaks of, `word` and `corrected` what a
    person said, `payload` the record's JSON without its heavy parts.
    """

    device_id: bytes
    event_id: bytes
    seq: int
    kind: str
    session_id: str
    recorded_at: int
    recorded_original: int
    received_at: int
    mono_ms: int | None
    boot_id: bytes | None
    context: bytes | None
    content_hash: bytes
    model_version: str | None
    label: str | None
    probability: float | None
    picture: bytes | None
    about: bytes | None
    word: str | None
    corrected: str | None
    payload: str | None


EVENT_COLUMNS: tuple[str, ...] = (*EventRow._fields, "epoch", "day")
EVENT_TYPES: tuple[str, ...] = (
    "bytea", "bytea", "int8", "text", "text", "int8", "int8", "int8", "int8", "bytea",
    "bytea", "bytea", "text", "text", "float8", "bytea", "bytea", "text", "text", "text", "int4", "int4",
)  # fmt: skip
