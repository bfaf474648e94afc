"""Renames and merges labels, with a history in which each change can be undone.

No record is ever changed: the mapping is applied on reading. It is kept such that what a label counts as
always counts as itself, so that a name on a screen, typed again, is the same label.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

import apsw
import msgspec

from store.local.connection import LocalDatabase, rows_of
from store.local.database import Database
from store.local.errors import StoreError
from store.local.learning.label_mapping import LabelMapping

LONGEST_LABEL = 256
Kind = Literal["rename", "merge"]

_STEPS = "SELECT old, new FROM label_change WHERE undone_at IS NULL ORDER BY number"
_ALL = "SELECT number, changed_at, kind, old, new, undone_at FROM label_change ORDER BY number DESC"
_ADD = "INSERT INTO label_change (changed_at, kind, old, new) VALUES (?, ?, ?, ?) RETURNING number"
_UNDO = "UPDATE label_change SET undone_at = ? WHERE number = ?"
_SAID = """
SELECT DISTINCT coalesce(feedback.corrected_label, record.label)
FROM feedback JOIN record ON record.id = feedback.inference_id
WHERE feedback.retracted_by IS NULL AND feedback.picture IS NOT NULL
  AND (feedback.corrected_label IS NOT NULL OR feedback.is_correct = 1)
"""


class UnknownLabel(StoreError):  # noqa: N818 - reads as the answer that it becomes
    """No picture has this label."""


class LabelTaken(StoreError):  # noqa: N818
    """The new name means something already."""


class WrongLabel(StoreError):  # noqa: N818
    """The new name cannot be one, or is the old one."""


class UnknownChange(StoreError):  # noqa: N818
    """There is no change with this number."""


class ChangeInUse(StoreError):  # noqa: N818
    """The change was undone before, or a later one builds on it."""


class LabelChange(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the history; times are milliseconds since the epoch, `undone_at` null where it stands."""

    number: int
    changed_at: int
    kind: Kind
    old: str
    new: str
    undone_at: int | None
    can_undo: bool


def mapping_of(connection: apsw.Connection) -> LabelMapping:
    """The mapping in the snapshot of a connection."""
    return LabelMapping(rows_of(connection, _STEPS))


class LabelBook:
    """What labels count as. Safe on any thread; a change blocks until it is on the disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mapping(self) -> LabelMapping:
        """The mapping as it is now."""
        with self._database.read() as db:
            return mapping_of(db.connection())

    def resolve(self, label: str) -> str:
        """What this label counts as now."""
        return self.mapping().of(label)

    def rename(self, old: str, new: str) -> LabelChange:
        """Gives a label a name that nothing has. Raises UnknownLabel, LabelTaken, WrongLabel."""
        return self._change("rename", old, plain(new))

    def merge(self, old: str, into: str) -> LabelChange:
        """Makes one label of two that there are. Raises UnknownLabel, WrongLabel."""
        return self._change("merge", old, into)

    def undo(self, number: int) -> LabelChange:
        """Takes a change back. Raises UnknownChange, ChangeInUse."""
        now = self._database.clock.now_ms()

        def write(db: LocalDatabase) -> LabelChange:
            connection = db.connection()
            _check_undo(connection, number)
            connection.execute(_UNDO, (now, number))
            return _find(connection, number)

        return self._database.submit(write).result()

    def history(self) -> list[LabelChange]:
        """Every change, the newest first."""
        with self._database.read() as db:
            return _history(db.connection())

    def _change(self, kind: Kind, old: str, new: str) -> LabelChange:
        now = self._database.clock.now_ms()

        def write(db: LocalDatabase) -> LabelChange:
            connection = db.connection()
            _check_change(connection, kind, old, new)
            return _find(connection, int(connection.execute(_ADD, (now, kind, old, new)).get))

        return self._database.submit(write).result()


def plain(label: str) -> str:
    """A name without spaces around it, and single ones in it. Raises WrongLabel for what cannot be one."""
    found = " ".join(label.split())
    if not found or len(found) > LONGEST_LABEL or any(unicodedata.category(sign) == "Cc" for sign in found):
        raise WrongLabel(
            "That cannot be the name of a label.",
            f"Give it a name of up to {LONGEST_LABEL} letters and signs on one line.",
        )
    return found


def _check_change(connection: apsw.Connection, kind: Kind, old: str, new: str) -> None:
    mapping = mapping_of(connection)
    known = {mapping.of(label) for (label,) in connection.execute(_SAID)}
    if old == new:
        raise WrongLabel("The label has this name already.", "Give another name.")
    for label in (old,) if kind == "rename" else (old, new):
        if label not in known:
            raise UnknownLabel(
                f"No picture is labelled “{label}”.", "Look at the labels again; it may have changed."
            )
    if kind == "rename" and new in known:
        raise LabelTaken(f"There is a label “{new}” already.", "Merge the two, or give another name.")
    if mapping.then(old, new).of(new) != new:
        raise LabelTaken(
            f"“{new}” counts as “{mapping.of(new)}” by an earlier change.",
            "Undo that one, or give another name.",
        )


def _check_undo(connection: apsw.Connection, number: int) -> None:
    change = next((change for change in _history(connection) if change.number == number), None)
    if change is None:
        raise UnknownChange("There is no such change of a label.", "Look at the history again.")
    if change.undone_at is not None:
        raise ChangeInUse("That change is undone already.", "Look at the history again.")
    if not change.can_undo:
        raise ChangeInUse("A later change builds on this one.", "Undo the later one first.")


def _find(connection: apsw.Connection, number: int) -> LabelChange:
    return next(change for change in _history(connection) if change.number == number)


def _history(connection: apsw.Connection) -> list[LabelChange]:
    """The newest first: one that stands can be undone unless a later one that stands began from its name."""
    begun_from: set[str] = set()
    found = []
    for number, changed_at, kind, old, new, undone_at in connection.execute(_ALL):
        stands = undone_at is None
        can_undo = stands and new not in begun_from
        found.append(LabelChange(number, changed_at, kind, old, new, undone_at, can_undo))
        if stands:
            begun_from.add(old)
    return found
