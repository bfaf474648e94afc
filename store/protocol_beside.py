"""The wire beside batches, as `store.protocol` has it: erasing single events, and the shared labels."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from store.protocol import BASE, HexId, Moment, Number, Schema, Word

ERASE, LABELS = f"{BASE}/erase", f"{BASE}/labels"
MOST_ERASED = 1000  # of one request to erase
MOST_LABELS_BYTES = 900 * 1024  # of the shared labels as JSON, below what a device reads of an answer


class _Wire(Struct, frozen=True, omit_defaults=False, gc=False):
    """Base of everything on this wire: immutable, snake_case, unknown fields ignored."""


class EraseRequest(_Wire, frozen=True):
    """Lets go of single events that were erased at the device. Each stays out for ever, whenever it comes."""

    schema: Schema
    device_id: HexId
    event_ids: Annotated[list[HexId], Meta(max_length=MOST_ERASED)]


class EraseAnswer(_Wire, frozen=True):
    """All of them are gone; so many said something until now."""

    collector_id: HexId
    server_time: Moment
    erased: Number


class SharedLabel(_Wire, frozen=True):
    """A label that the team uses. Whoever says one of `synonyms` means it."""

    name: Word
    scientific: Word | None = None
    synonyms: list[Word] = []


class LabelsAnswer(_Wire, frozen=True):
    """The shared labels by name, with their entity tag; `labels` is None where the device has these
    already."""

    collector_id: HexId
    server_time: Moment
    etag: str | None
    labels: list[SharedLabel] | None
