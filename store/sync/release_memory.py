"""What a device remembers of releases: the keys that it trusts, and the last release that it installed.

The keys are those of its enrolment, changed by what they signed; enrolling anew begins with those that the
new code named. Another collector has numbers of its own.
"""

from __future__ import annotations

import base64

import msgspec
from msgspec import Struct, structs

from store.local.sync_store import SyncStore
from store.releases.key_change import PinnedKeys
from store.releases.verifying import Standing
from store.sync.forms import Enrolment
from store.sync.memory import SyncMemory

_NOTE = "releases"


class ReleaseNotes(Struct, frozen=True, rename="camel"):
    """`roots` are the keys of the enrolment at `collector_id` from which `keys` and `former` came; base64."""

    collector_id: str
    roots: tuple[str, ...]
    keys: tuple[str, ...]
    former: tuple[str, ...] = ()
    last_version: int = 0


class ReleaseMemory:
    """The device's notes on releases. Every method blocks."""

    def __init__(self, notes: SyncStore) -> None:
        self._notes = notes
        self._memory = SyncMemory(notes)

    def standing(self, now_ms: int, app_version: str) -> Standing:
        """Where this device stands; without an enrolment it knows no keys, and accepts nothing."""
        known = self._known()
        if known is None:
            return Standing((), 0, now_ms, app_version)
        return Standing(_raw(known.keys), known.last_version, now_ms, app_version)

    def pinned(self) -> PinnedKeys:
        """The keys that are trusted, and those that are not any more."""
        known = self._known()
        return (
            PinnedKeys(()) if known is None else PinnedKeys(_raw(known.keys), frozenset(_raw(known.former)))
        )

    def keep_keys(self, pinned: PinnedKeys) -> None:
        """Remembers the keys after a change."""
        known = self._known()
        if known is not None:
            changed = structs.replace(known, keys=_texts(pinned.keys), former=_texts(sorted(pinned.former)))
            self._notes.put({_NOTE: changed}).result()

    def installed(self, version: int) -> None:
        """Remembers that this release was installed: no older one is from now on."""
        known = self._known()
        if known is not None and version > known.last_version:
            self._notes.put({_NOTE: structs.replace(known, last_version=version)}).result()

    def _known(self) -> ReleaseNotes | None:
        """The notes, as far as they are of the enrolment that holds; None without one."""
        home = self._memory.now().enrolment
        if home is None:
            return None
        noted = self._noted()
        if noted is None or noted.collector_id != home.collector_id:
            return _fresh(home)
        if noted.roots != home.release_roots:
            return structs.replace(_fresh(home), last_version=noted.last_version)
        return noted

    def _noted(self) -> ReleaseNotes | None:
        text = self._notes.notes().get(_NOTE)
        try:
            return None if text is None else msgspec.json.decode(text, type=ReleaseNotes)
        except msgspec.MsgspecError:
            return None


def _fresh(home: Enrolment) -> ReleaseNotes:
    return ReleaseNotes(home.collector_id, home.release_roots, home.release_roots)


def _raw(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(text) for text in texts)


def _texts(keys: tuple[bytes, ...] | list[bytes]) -> tuple[str, ...]:
    return tuple(base64.b64encode(key).decode() for key in keys)
