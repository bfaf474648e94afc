"""Model releases at the collector: signed elsewhere, kept here, and offered to more and more devices.

Which devices get a release is decided here and is not signed. A device comes into a percentage by a hash of
its id and the release's number: raising it keeps those that are in, and another release begins with others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from store.clock import Clock
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.devices import Device
from store.collector.errors import NotThere, ReleaseNotTaken
from store.collector.release_files import keep_file
from store.collector.release_keys import current_keys
from store.releases.errors import ReleaseRefused
from store.releases.files import check_files
from store.releases.manifest import Manifest
from store.releases.verifying import signed_manifest

State = Literal["out", "paused", "withdrawn"]
_FIELDS = "version, name, kind, size, manifest_sha256, expires_at, state, percent, group_names, added_at"
_ALL = f"SELECT {_FIELDS} FROM release ORDER BY version DESC"  # noqa: S608 - our own names
_OUT = f"SELECT {_FIELDS} FROM release WHERE state = 'out' ORDER BY version DESC"  # noqa: S608
_ADD = f"INSERT INTO release ({_FIELDS}, envelope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_NEWEST = "SELECT max(version) FROM release"
_KNOWN = "SELECT envelope FROM release WHERE version = ?"
_ENVELOPE = "SELECT envelope FROM release WHERE version = ? AND state <> 'withdrawn'"
_CHANGE = """
UPDATE release SET state = ?, percent = coalesce(?, percent) WHERE version = ? AND state <> 'withdrawn'
"""
_WITHDRAWN = "SELECT state FROM release WHERE version = ?"
_GONE = "SELECT version FROM release WHERE state = 'withdrawn' ORDER BY version DESC LIMIT 100"
_SHARES = 2**64


class Release(Struct, frozen=True):
    """A release as it is kept. `groups` is None where it is for all; `manifest_sha256` of the signed file."""

    version: int
    name: str
    kind: str
    size: int
    manifest_sha256: bytes
    expires_at: int
    state: State
    percent: int
    groups: tuple[str, ...] | None
    added_at: int

    def is_for(self, device: Device) -> bool:
        """Whether the device is among those that get it by now."""
        if self.groups is not None and device.group not in self.groups:
            return False
        return share_of(self.version, device.id) * 100 < self.percent


def share_of(version: int, device_id: bytes) -> float:
    """Where a device stands in the order of a release's devices, 0 .. 1, the same at every time."""
    digest = hashlib.sha256(version.to_bytes(8, "big") + device_id).digest()
    return int.from_bytes(digest[:8], "big") / _SHARES


class Releases:
    """The collector's releases. Every method is one transaction."""

    def __init__(self, database: CollectorDatabase, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def add(
        self, envelope: bytes, folder: Path, who: str, *, percent: int, groups: Sequence[str] | None
    ) -> Manifest:
        """Keeps a signed release with its files, and offers it. The same one again changes nothing.

        Raises ReleaseNotTaken for one that no device of this collector would install.
        """
        with self._database.write() as session:
            manifest = self._checked(session, envelope, folder)
            if session.rows(_KNOWN, (manifest.version,)):
                return manifest
            chosen = None if groups is None else sorted(set(groups))
            names = None if chosen is None else msgspec.json.encode(chosen).decode()
            facts = (manifest.version, manifest.name, manifest.kind, manifest.size)
            rollout = (manifest.expires_at, "out", percent, names, self._clock.now_ms())
            session.change(_ADD, (*facts, hashlib.sha256(envelope).digest(), *rollout, envelope))
            for file in manifest.files:
                keep_file(session, manifest.version, folder, file)
            details = {"version": manifest.version, "percent": percent, "groups": chosen}
            self._audit.note(session, who, "release-added", details)
            return manifest

    def _checked(self, session: Session, envelope: bytes, folder: Path) -> Manifest:
        try:
            manifest = signed_manifest(envelope, current_keys(session))
            check_files(folder, manifest)
        except ReleaseRefused as refusal:
            raise ReleaseNotTaken(refusal.sentence, refusal.advice) from refusal
        known, newest = session.rows(_KNOWN, (manifest.version,)), session.rows(_NEWEST)[0][0] or 0
        if (known and bytes(known[0][0]) != envelope) or (not known and manifest.version <= newest):
            raise ReleaseNotTaken(
                f"Release {manifest.version} is not newer than release {newest}, which is here.",
                f"Make it again with a number above {newest}.",
            )
        if self._clock.now_ms() >= manifest.expires_at:
            raise ReleaseNotTaken(
                f"The time of release {manifest.version} is over: no device would install it.",
                "Make it again with more days.",
            )
        return manifest

    def change(self, version: int, state: State, who: str, percent: int | None = None) -> None:
        """Puts a release out, to so many percent from now on, or pauses it, or withdraws it for good.

        Raises NotThere, and ReleaseNotTaken where it was withdrawn.
        """
        with self._database.write() as session:
            if session.change(_CHANGE, (state, percent, version)) == 0:
                raise _not_changed(session, version)
            details = {"version": version, "state": state, "percent": percent}
            self._audit.note(session, who, "release-changed", details)

    def all(self) -> list[Release]:
        """Every release, the newest first."""
        with self._database.read() as session:
            return [_release(row) for row in session.rows(_ALL)]

    def offer_for(self, device: Device) -> Release | None:
        """The newest release that is out, for this device, and not over."""
        with self._database.read() as session:
            return self.offer_in(session, device)

    def offer_in(self, session: Session, device: Device) -> Release | None:
        """As `offer_for`, in the caller's transaction."""
        now = self._clock.now_ms()
        found = (_release(row) for row in session.rows(_OUT))
        return next((each for each in found if each.expires_at > now and each.is_for(device)), None)

    def withdrawn(self) -> list[int]:
        """The newest of those that were withdrawn."""
        with self._database.read() as session:
            return [version for (version,) in session.rows(_GONE)]

    def envelope(self, version: int) -> bytes:
        """The signed file of a release. Raises NotThere, also for one that was withdrawn."""
        with self._database.read() as session:
            for (envelope,) in session.rows(_ENVELOPE, (version,)):
                return bytes(envelope)
        raise no_release(version)


def no_release(version: int) -> NotThere:
    """The error for a release that is not here, or no more."""
    return NotThere(f"There is no release {version} here.", "`whimbrel collect release list` lists them.")


def _not_changed(session: Session, version: int) -> NotThere | ReleaseNotTaken:
    if not session.rows(_WITHDRAWN, (version,)):
        return no_release(version)
    return ReleaseNotTaken(
        f"Release {version} was withdrawn, and that is for good.", "Sign the model as a new release."
    )


def _release(row: Sequence[Any]) -> Release:
    *facts, groups, added_at = row
    names = None if groups is None else tuple(msgspec.json.decode(groups, type=list[str]))
    return Release(*[*facts, names, added_at])
