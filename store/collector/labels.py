"""The labels that the team shares: names, scientific names, and synonyms that count as one of them.

Devices receive the list and offer it where a label is typed. A name that was given up stays a synonym, so
what was said by it before, or is still said by a device that has not heard, counts as the label of today. No
event is ever changed: synonyms are applied where something is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import NotThere, WrongEntry
from store.local.learning.label_book import WrongLabel, plain
from store.protocol_beside import MOST_LABELS_BYTES, SharedLabel

_ETAG_DIGITS = 32
_LABELS = "SELECT name, scientific FROM label ORDER BY name"
_SYNONYMS = "SELECT label, synonym FROM label_synonym ORDER BY label, synonym"
_ETAG = "SELECT etag FROM label_list"
_SET_ETAG = (
    "INSERT INTO label_list (one, etag) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET etag = excluded.etag"
)
_HOLD = "INSERT INTO label_list (one) VALUES (1) ON CONFLICT (one) DO UPDATE SET one = excluded.one"
_PUT = """
INSERT INTO label (name, scientific) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET scientific = excluded.scientific
"""
_REMOVE = "DELETE FROM label WHERE name = ?"
_IS_LABEL = "SELECT scientific FROM label WHERE name = ?"
_OWNER = "SELECT label FROM label_synonym WHERE synonym = ?"
_ADD_SYNONYM = "INSERT INTO label_synonym (synonym, label) VALUES (?, ?) ON CONFLICT DO NOTHING"
_DROP_SYNONYMS = "DELETE FROM label_synonym WHERE label = ?"
_MOVE_SYNONYMS = "UPDATE label_synonym SET label = ? WHERE label = ?"


class Labels:
    """Reads and changes the list. Every change is one transaction and a line of the log."""

    def __init__(self, database: CollectorDatabase, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def all(self) -> list[SharedLabel]:
        """The labels by name, their synonyms sorted."""
        with self._database.read() as session:
            return _all(session)

    def shared(self) -> tuple[str | None, list[SharedLabel]]:
        """The list with its entity tag, None as long as there never was a list."""
        with self._database.read() as session:
            return _etag(session), _all(session)

    def find(self, name: str) -> SharedLabel:
        """The label of this name. Raises NotThere."""
        for label in self.all():
            if label.name == name:
                return label
        raise NotThere(f"There is no label “{name}” on the list.", "Look at the list again.")

    def put(self, label: SharedLabel, who: str, *, old: str | None = None) -> None:
        """Adds a label, or changes the one that was called `old` until now; that name stays a synonym.

        Raises NotThere, and WrongEntry for a name that is none, or that means another label.
        """
        label = _checked(label)
        with self._database.write() as session:
            session.change(_HOLD)
            if old is None and session.rows(_IS_LABEL, (label.name,)):
                raise WrongEntry(f"There is a label “{label.name}” already.", "Change that one.")
            if old is not None and old != label.name:
                _rename(session, old, label.name)
                label = msgspec.structs.replace(label, synonyms=sorted({*label.synonyms, old}))
            _put(session, label)
            self._changed(session, who, "label-set", {"label": label.name, "before": old})

    def merge(self, name: str, into: str, who: str) -> None:
        """Makes a label and its synonyms count as another one. Raises NotThere, WrongEntry."""
        if name == into:
            raise WrongEntry("A label can't be merged into itself.", "Choose another one.")
        with self._database.write() as session:
            session.change(_HOLD)
            for each in (name, into):
                if not session.rows(_IS_LABEL, (each,)):
                    raise NotThere(f"There is no label “{each}” on the list.", "Look at the list again.")
            session.change(_MOVE_SYNONYMS, (into, name))
            session.change(_REMOVE, (name,))
            session.change(_ADD_SYNONYM, (name, into))
            self._changed(session, who, "label-merged", {"label": name, "into": into})

    def remove(self, name: str, who: str) -> None:
        """Takes a label with its synonyms off the list; what was said by it stays. Raises NotThere."""
        with self._database.write() as session:
            session.change(_HOLD)
            session.change(_DROP_SYNONYMS, (name,))
            if session.change(_REMOVE, (name,)) == 0:
                raise NotThere(f"There is no label “{name}” on the list.", "Look at the list again.")
            self._changed(session, who, "label-removed", {"label": name})

    def take(self, labels: Sequence[SharedLabel], who: str) -> int:
        """Adds labels to the list, and to those that are there what is new of them; all of them or none.

        Returns how many were given. Raises WrongEntry.
        """
        with self._database.write() as session:
            session.change(_HOLD)
            for label in map(_checked, labels):
                present = session.rows(_IS_LABEL, (label.name,))
                scientific = label.scientific or (present[0][0] if present else None)
                _put(session, msgspec.structs.replace(label, scientific=scientific), keep=True)
            self._changed(session, who, "labels-imported", {"labels": len(labels)})
        return len(labels)

    def _changed(self, session: Session, who: str, what: str, details: dict[str, object]) -> None:
        content = msgspec.json.encode(_all(session))
        if len(content) > MOST_LABELS_BYTES:
            raise WrongEntry(
                f"The list would be larger than {MOST_LABELS_BYTES // 1024} KiB, which devices don't read.",
                "Take labels off that nobody needs.",
            )
        session.change(_SET_ETAG, (hashlib.sha256(content).hexdigest()[:_ETAG_DIGITS],))
        self._audit.note(session, who, what, details)


def _checked(label: SharedLabel) -> SharedLabel:
    """With plain names, and each synonym once. Raises WrongEntry."""
    name = _plain(label.name)
    synonyms = sorted({_plain(synonym) for synonym in label.synonyms if synonym.strip()} - {name})
    scientific = _plain(label.scientific) if label.scientific and label.scientific.strip() else None
    return SharedLabel(name, scientific, synonyms)


def _plain(name: str) -> str:
    try:
        return plain(name)
    except WrongLabel:
        raise WrongEntry(
            f"“{name[:80]}” cannot be the name of a label.",
            "Give it a name of up to 256 letters and signs on one line.",
        ) from None


def _put(session: Session, label: SharedLabel, *, keep: bool = False) -> None:
    """Writes a label; with `keep` its other synonyms stay."""
    _refuse_owned(session, label.name, label.name)
    session.change(_PUT, (label.name, label.scientific))
    if not keep:
        session.change(_DROP_SYNONYMS, (label.name,))
    for synonym in label.synonyms:
        _refuse_owned(session, synonym, label.name)
        if session.rows(_IS_LABEL, (synonym,)):
            raise WrongEntry(f"“{synonym}” is a label of its own.", f"Merge it into “{label.name}” instead.")
        session.change(_ADD_SYNONYM, (synonym, label.name))


def _refuse_owned(session: Session, name: str, label: str) -> None:
    for (owner,) in session.rows(_OWNER, (name,)):
        if owner != label or name == label:
            raise WrongEntry(
                f"“{name}” counts as “{owner}”.", f"Take it off the synonyms of “{owner}” first."
            )


def _rename(session: Session, old: str, new: str) -> None:
    found = session.rows(_IS_LABEL, (old,))
    if not found:
        raise NotThere(f"There is no label “{old}” on the list.", "Look at the list again.")
    if session.rows(_IS_LABEL, (new,)):
        raise WrongEntry(f"There is a label “{new}” already.", "Merge the two, or give another name.")
    for (owner,) in session.rows(_OWNER, (new,)):
        if owner != old:
            raise WrongEntry(f"“{new}” counts as “{owner}”.", "Give another name.")
    session.change("DELETE FROM label_synonym WHERE synonym = ?", (new,))
    session.change(_PUT, (new, found[0][0]))
    session.change(_MOVE_SYNONYMS, (new, old))
    session.change(_REMOVE, (old,))


def _etag(session: Session) -> str | None:
    found = session.rows(_ETAG)
    return found[0][0] if found else None


def _all(session: Session) -> list[SharedLabel]:
    synonyms: dict[str, list[str]] = {}
    for label, synonym in session.rows(_SYNONYMS):
        synonyms.setdefault(label, []).append(synonym)
    rows: Iterable[tuple[str, str | None]] = session.rows(_LABELS)
    return sorted(
        (SharedLabel(name, scientific, sorted(synonyms.get(name, []))) for name, scientific in rows),
        key=lambda label: (label.name.casefold(), label.name),
    )
