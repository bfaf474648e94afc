"""The public keys of which a release at this collector needs one, and every change of them.

The collector only hands them on: devices believe the first as far as their enrolment code names them, and
each change as far as a key that they know signed it.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.clock import Clock
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import ReleaseNotTaken
from store.releases.errors import ReleaseRefused
from store.releases.key_change import MOST_KEYS, PinnedKeys, after_change
from store.releases.keys import KEY_BYTES

_NEWEST = "SELECT number, keys FROM release_keys ORDER BY number DESC LIMIT 1"
_CHANGES = "SELECT change FROM release_keys WHERE change IS NOT NULL ORDER BY number"
_ADD = "INSERT INTO release_keys (number, keys, change, added_at) VALUES (?, ?, ?, ?)"


class ReleaseKeys:
    """The collector's release keys. Every method is one transaction."""

    def __init__(self, database: CollectorDatabase, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def current(self) -> tuple[bytes, ...]:
        """The raw public keys that hold now, none before the first were set."""
        with self._database.read() as session:
            return current_keys(session)

    def changes(self) -> list[bytes]:
        """Every signed change of keys, in order."""
        with self._database.read() as session:
            return [bytes(change) for (change,) in session.rows(_CHANGES)]

    def set_first(self, keys: Sequence[bytes], who: str) -> None:
        """Sets the first keys. Raises ReleaseNotTaken where there are some, or these are none or too many."""
        wanted = tuple(sorted(set(keys)))
        with self._database.write() as session:
            present = current_keys(session)
            if wanted and wanted == present:
                return
            if present or not 1 <= len(wanted) <= MOST_KEYS:
                raise ReleaseNotTaken(
                    "The first release keys were set before."
                    if present
                    else f"{len(wanted)} release keys can't hold.",
                    "Replace them by a signed change: whimbrel release rotate."
                    if present
                    else "Name one, or one and a spare.",
                )
            self._add(session, wanted, None, who)

    def change(self, envelope: bytes, who: str) -> tuple[bytes, ...]:
        """Takes a signed change of keys; those that hold now. Raises ReleaseNotTaken."""
        with self._database.write() as session:
            try:
                keys = after_change(PinnedKeys(current_keys(session)), envelope).keys
            except ReleaseRefused as refusal:
                raise ReleaseNotTaken(refusal.sentence, refusal.advice) from refusal
            self._add(session, keys, envelope, who)
            return keys

    def _add(self, session: Session, keys: Sequence[bytes], change: bytes | None, who: str) -> None:
        newest = session.rows(_NEWEST)
        number = newest[0][0] + 1 if newest else 1
        session.change(_ADD, (number, b"".join(keys), change, self._clock.now_ms()))
        self._audit.note(session, who, "release-keys-set", {"number": number, "keys": len(keys)})


def current_keys(session: Session) -> tuple[bytes, ...]:
    """The raw public keys that hold now, none before the first were set."""
    for _, keys in session.rows(_NEWEST):
        return tuple(bytes(keys[at : at + KEY_BYTES]) for at in range(0, len(keys), KEY_BYTES))
    return ()
