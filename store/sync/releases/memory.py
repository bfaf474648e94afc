"""What a device remembers of releases: the keys that it trusts, the last one that it installed, where it is
with it, and what its collector has yet to hear.

The keys are those of its enrolment, changed by what they signed; enrolling anew begins with those that the
new code named. Another collector has numbers of its own.
"""

from __future__ import annotations

import base64
import threading
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from store.local.sync_store import SyncStore
from store.protocol_releases import MOST_REPORTS
from store.releases.key_change import PinnedKeys
from store.releases.verifying import Standing
from store.sync.forms import Enrolment
from store.sync.memory import SyncMemory
from store.sync.releases.forms import Course, Told

T = TypeVar("T")
_NOTE, _COURSE, _REPORTS = "releases", "release-course", "release-reports"


class ReleaseNotes(Struct, frozen=True, rename="camel"):
    """`roots` are the keys of the enrolment at `collector_id` from which `keys` and `former` came; base64."""

    collector_id: str
    roots: tuple[str, ...]
    keys: tuple[str, ...]
    former: tuple[str, ...] = ()
    last_version: int = 0


class ReleaseMemory:
    """The device's notes on releases. Every method blocks; safe on any thread."""

    def __init__(self, notes: SyncStore) -> None:
        self._notes = notes
        self._memory = SyncMemory(notes)
        self._changing = threading.Lock()

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
        keys, former = _texts(pinned.keys), _texts(sorted(pinned.former))
        with self._changing:
            known = self._known()
            if known is not None:
                self._notes.put({_NOTE: structs.replace(known, keys=keys, former=former)}).result()

    def installed(self, version: int) -> None:
        """Remembers that this release was installed: no older one is from now on."""
        with self._changing:
            known = self._known()
            if known is not None and version > known.last_version:
                self._notes.put({_NOTE: structs.replace(known, last_version=version)}).result()

    def course(self) -> Course | None:
        """Where this device is with the release that it took up last; None without one of its collector."""
        found, home = self._read(_COURSE, Course), self._memory.now().enrolment
        return found if found and home and found.collector_id == home.collector_id else None

    def go(self, before: Course | None, course: Course, *reports: Told, installed: int = 0) -> bool:
        """Writes in one step where it is from now on, and what is to be told of it.

        Does nothing, and says so, where somebody took up another release or stage since `before` was read.
        """
        with self._changing:
            if self.course() != before:
                return False
            notes: dict[str, object] = {_COURSE: course}
            if reports:
                notes[_REPORTS] = _with(self._waiting(), reports)
            known = self._known()
            if known is not None and installed > known.last_version:
                notes[_NOTE] = structs.replace(known, last_version=installed)
            self._notes.put(notes).result()
            return True

    def take_up(self, version: int, manifest_sha256: str, model: str, size: int) -> None:
        """A release of so many bytes that somebody installed goes its way like one that was fetched."""
        home = self._memory.now().enrolment
        if home is not None:
            course = Course(home.collector_id, version, manifest_sha256, "check", model)
            self.go(self.course(), course, Told(home.collector_id, version, "downloaded", {"bytes": size}))

    def reports(self) -> list[Told]:
        """What the collector that this device belongs to has yet to hear, the oldest first."""
        home = self._memory.now().enrolment
        return [each for each in self._waiting() if home and each.collector_id == home.collector_id]

    def heard(self, report: Told) -> None:
        """The collector heard this one."""
        with self._changing:
            rest = [each for each in self._waiting() if each != report]
            self._notes.put({_REPORTS: rest or None}).result()

    def _waiting(self) -> list[Told]:
        return self._read(_REPORTS, list[Told]) or []

    def _known(self) -> ReleaseNotes | None:
        """The notes, as far as they are of the enrolment that holds; None without one."""
        home = self._memory.now().enrolment
        if home is None:
            return None
        noted = self._read(_NOTE, ReleaseNotes)
        if noted is None or noted.collector_id != home.collector_id:
            return _fresh(home)
        if noted.roots != home.release_roots:
            return structs.replace(_fresh(home), last_version=noted.last_version)
        return noted

    def _read(self, name: str, kind: type[T]) -> T | None:
        """A note; one that cannot be read counts as none."""
        text = self._notes.notes().get(name)
        try:
            return None if text is None else msgspec.json.decode(text, type=kind)
        except msgspec.MsgspecError:
            return None


def _with(waiting: list[Told], new: tuple[Told, ...]) -> list[Told]:
    """Of each state of a release the newest word, in the order in which they came."""
    kept = {(each.version, each.state): each for each in waiting}
    for each in new:
        kept.pop((each.version, each.state), None)
        kept[each.version, each.state] = each
    return list(kept.values())[-MOST_REPORTS:]


def _fresh(home: Enrolment) -> ReleaseNotes:
    return ReleaseNotes(home.collector_id, home.release_roots, home.release_roots)


def _raw(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(text) for text in texts)


def _texts(keys: tuple[bytes, ...] | list[bytes]) -> tuple[str, ...]:
    return tuple(base64.b64encode(key).decode() for key in keys)
