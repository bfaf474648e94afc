"""Pairs of model version and backend as small numbers, and the slices of them that can be asked for."""

from __future__ import annotations

from typing import NamedTuple

import apsw
import msgspec

NONE = ""  # a record names no backend, or an event no version: no real name is empty


class Group(NamedTuple):
    """A model version and a backend; '' where a record names none."""

    version: str
    backend: str

    def slices(self) -> tuple[str, str, str, str]:
        """The four slices that this group is in."""
        return (
            slice_name(None, None),
            slice_name(self.version, None),
            slice_name(None, self.backend),
            slice_name(self.version, self.backend),
        )


def slice_name(version: str | None, backend: str | None) -> str:
    """A slice as `figure_distinct` names it; None is any."""
    return msgspec.json.encode([version, backend]).decode()


class Groups:
    """The groups of one transaction; a new one gets its number at once."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        rows = connection.execute("SELECT number, version, backend FROM figure_group")
        self._numbers = {Group(version, backend): number for number, version, backend in rows}
        self._slices = {number: group.slices() for group, number in self._numbers.items()}

    def number(self, version: str | None, backend: str | None) -> int:
        """The number of a pair, given to it now if it has none."""
        group = Group(version or NONE, backend or NONE)
        number = self._numbers.get(group)
        if number is None:
            number = self._insert(group)
        return number

    def _insert(self, group: Group) -> int:
        self._connection.execute("INSERT INTO figure_group (version, backend) VALUES (?, ?)", group)
        number = self._connection.last_insert_rowid()
        self._numbers[group], self._slices[number] = number, group.slices()
        return number

    def slices(self, number: int) -> tuple[str, ...]:
        """The slices that a group is in."""
        return self._slices[number]
