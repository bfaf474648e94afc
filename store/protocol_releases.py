"""The wire of model releases between a device and a collector; `store.protocol` says how it is to be read."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from store.protocol import BASE, Base64, HexId, Moment, Number, ReleaseOffer, Schema, Word

RELEASES = f"{BASE}/releases"  # the offer; /keys; /VERSION, the signed file; /VERSION/files/NAME, /reports
MODELS = f"{BASE}/models"
MOST_PART_BYTES = 256 * 1024

MOST_REPORTS = 32  # that wait at a device

ReleaseState = Literal["downloaded", "shadow", "active", "rolled-back", "refused"]
Figures = Annotated[dict[Word, str | int | float | bool | None], Meta(max_length=64)]


class ReleaseOfferAnswer(Struct, frozen=True):
    """Which release is for the device that asks, and the newest of those that were withdrawn."""

    collector_id: HexId
    server_time: Moment
    release: ReleaseOffer | None
    withdrawn: list[int]


class ReleaseKeysAnswer(Struct, frozen=True):
    """The release keys that hold, raw in base64, and every signed change of them, in order, in base64."""

    collector_id: HexId
    server_time: Moment
    keys: list[Base64]
    changes: list[str]


class ModelRequest(Struct, frozen=True):
    """A model that a device hands in: its unsigned manifest, base64, and bytes of one of its files from
    `start` on, base64. With no file it is asked which part is wanted.
    """

    schema: Schema
    device_id: HexId
    manifest: Annotated[str, Meta(max_length=1024 * 1024)]
    file: Annotated[str, Meta(max_length=256)] = ""
    start: Number = 0
    content: Annotated[str, Meta(max_length=2 * MOST_PART_BYTES)] = ""


class ModelAnswer(Struct, frozen=True):
    """The part that is wanted next, or under which id the collector keeps the model."""

    collector_id: HexId
    server_time: Moment
    file: str
    start: Number
    model: str


class ReleaseReport(Struct, frozen=True):
    """What became of a release on a device; `figures` are of what was measured there, such as accuracy."""

    schema: Schema
    device_id: HexId
    state: ReleaseState
    figures: Figures = {}


class CarriedReport(Struct, frozen=True):
    """A report that goes by file."""

    version: Number
    state: ReleaseState
    figures: Figures = {}


class CarriedReports(Struct, frozen=True):
    """What a device has to tell of releases, as a part of a bundle."""

    schema: Schema
    device_id: HexId
    reports: Annotated[list[CarriedReport], Meta(max_length=MOST_REPORTS)]


class ReleaseReported(Struct, frozen=True):
    """The report was kept."""

    collector_id: HexId
    server_time: Moment
