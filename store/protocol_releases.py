"""The wire of model releases between a device and a collector; `store.protocol` says how it is to be read."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from store.protocol import BASE, Base64, HexId, Moment, ReleaseOffer, Schema, Word

RELEASES = f"{BASE}/releases"  # the offer; /keys; /VERSION, the signed file; /VERSION/files/NAME, /reports

ReleaseState = Literal["downloaded", "shadow", "active", "rolled-back", "refused"]


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


class ReleaseReport(Struct, frozen=True):
    """What became of a release on a device; `figures` are of what was measured there, such as accuracy."""

    schema: Schema
    device_id: HexId
    state: ReleaseState
    figures: Annotated[dict[Word, str | int | float | bool | None], Meta(max_length=64)] = {}


class ReleaseReported(Struct, frozen=True):
    """The report was kept."""

    collector_id: HexId
    server_time: Moment
