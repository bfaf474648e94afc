"""The door to the collector's database: a few calls that are the same on SQLite and on PostgreSQL.

Statements are written once, with `?` for values; ids and hashes are bytes, times milliseconds since the Unix
epoch. Where the two differ, `Dialect` has the words. Everything here blocks: not for an event loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

Value = bytes | str | int | float | None
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Dialect:
    """The words in which the two databases differ; `among` compares with one array (`Session.array`),
    `total_time` is how many milliseconds an event's answer took in all, NULL where it says no number."""

    name: str
    blob: str
    integer: str
    real: str
    number: str
    table_end: str
    unlogged: str
    event_end: str
    event_partitions: tuple[str, ...]
    arrival_index: str
    for_update: str
    among: str
    total_time: str


class Session(Protocol):
    """One transaction."""

    @property
    def dialect(self) -> Dialect:
        """The database's own words."""

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a statement gives."""

    def change(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carries out a statement; how many rows it changed."""

    def change_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carries out a statement once for each row of values."""

    def together(self) -> AbstractContextManager[object]:
        """The changes in the block may wait for its end; what they return means nothing then."""

    def array(self, ids: Iterable[bytes]) -> Any:  # noqa: ANN401 - of the driver's own type
        """Ids, at least one, as the value of a comparison with `Dialect.among`."""

    def insert_events(self, rows: Sequence[Sequence[Value]]) -> set[bytes]:
        """Inserts rows of `tables.EVENT_COLUMNS` whose key is not there yet; the ids of those inserted."""

    def has_table(self, name: str) -> bool:
        """Whether the collector has a table of that name."""

    def only_one_migrates(self) -> None:
        """Waits until no other process migrates, and keeps others waiting until this transaction ends."""


class Load(NamedTuple):
    """How the connections are doing: how many there may be and are, who waits for one, and for how long
    requests waited so far in all (seconds; how many did)."""

    most: int
    open: int
    waiting: int
    waited: int
    waited_s: float


class CollectorDatabase(Protocol):
    """One collector's database; safe to share between threads."""

    @property
    def dialect(self) -> Dialect:
        """The database's own words."""

    def write(self) -> AbstractContextManager[Session]:
        """A transaction that is committed, to the disk, when the block ends, and undone where it raises.

        Raises Unreachable, Busy, Full; what was written then counts as not written, though a connection that
        broke during the commit may have left it: whoever repeats it must not mind.
        """

    def read(self) -> AbstractContextManager[Session]:
        """One consistent snapshot, read-only. Raises Unreachable, Busy."""

    def passing(self) -> AbstractContextManager[Session]:
        """As `write` for what may be lost with the machine, and costs no wait for the disk: `rate_bucket`."""

    def admission(self) -> AbstractContextManager[tuple[Session, Session]]:
        """A session that reads, and one as of `passing`."""

    def load(self) -> Load:
        """How the connections are doing."""

    def close(self) -> None:
        """Closes all connections. Twice is once."""
