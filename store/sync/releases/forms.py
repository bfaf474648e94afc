"""Where a device is with a release, and what it has to tell of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from store.protocol_releases import ReleaseState

Stage = Literal["fetch", "check", "shadow", "watch", "over"]
Figure = str | int | float | bool | None


class Course(Struct, frozen=True, rename="camel"):
    """One release on this device: fetched, checked by a page, tried beside the model at work, then watched.

    `model` is the version that was made of it, `before` the one at work when it was put to work; `judged`
    pictures have been told of.
    """

    collector_id: str
    version: int
    manifest_sha256: str
    stage: Stage = "fetch"
    model: str = ""
    before: str = ""
    judged: int = 0


class Told(Struct, frozen=True, rename="camel"):
    """A report that the collector has not heard yet."""

    collector_id: str
    version: int
    state: ReleaseState
    figures: dict[str, Figure] = {}
