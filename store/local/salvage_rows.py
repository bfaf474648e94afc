"""Reads what can be read of a table in a damaged database: from both ends, and around what lies between.

SQLite stops at the first page that it cannot make sense of. Rows with a number are then looked for by halves,
rows with another key by what the table's indexes still know of them.
"""

# ruff: noqa: S608 - the names in the queries are those of the schema

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple

import apsw

Row = tuple[Any, ...]
UNREADABLE = (apsw.CorruptError, apsw.NotADBError, apsw.IOError, UnicodeDecodeError)
_WIDE = 4096  # numbers; a wider range is sampled before it is halved
_SAMPLES = 33
_ROWS_A_PAGE = 200


class Table(NamedTuple):
    """A table that both files have: its columns, the columns of its key, and its indexes that hold every row.

    `key` is `rowid` alone for a table with one.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    indexes: tuple[str, ...]

    @property
    def numbered(self) -> bool:
        """Whether rows are found by a number."""
        return self.key == ("rowid",)


def tables_of(damaged: apsw.Connection, fresh: apsw.Connection) -> list[Table]:
    """What can be copied, in the order in which the fresh file made it; the list of migrations is no such."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    old = {name for (name,) in damaged.execute(named)}
    new = [name for (name,) in fresh.execute(f"{named} ORDER BY rowid")]
    return [_table(damaged, fresh, name) for name in new if name in old and name != "migration"]


def _table(damaged: apsw.Connection, fresh: apsw.Connection, name: str) -> Table:
    columns = [set(_columns(connection, name)) for connection in (damaged, fresh)]
    both = tuple(column for column in _columns(fresh, name) if column in columns[0])
    without_rowid = fresh.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (name,)).get
    key = ("rowid",)
    if without_rowid:
        ordered = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
        key = tuple(column for (column,) in fresh.execute(ordered, (name,)))
    whole = "SELECT name FROM pragma_index_list(?) WHERE partial = 0 AND NOT (origin = 'pk' AND ?)"
    indexes = tuple(index for (index,) in damaged.execute(whole, (name, without_rowid)))
    return Table(name, both, key, indexes)


def _columns(connection: apsw.Connection, name: str) -> list[str]:
    real = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid"
    return [column for (column,) in connection.execute(real, (name,))]


class TableReader:
    """Gives each readable row of one table once; `unread` then holds the ranges of numbers that failed."""

    def __init__(self, connection: apsw.Connection, table: Table, cancelled: Callable[[], None]) -> None:
        """`cancelled` is called before each step and raises to end the reading."""
        self._connection = connection
        self._table = table
        self._cancelled = cancelled
        self.unread: list[tuple[int, int]] = []
        self._last: Row = ()

    def rows(self) -> Iterator[Row]:
        """The rows, as the columns of the table say."""
        if self._table.numbered:
            yield from self._numbered()
        else:
            yield from self._keyed()

    def expected(self) -> int | None:
        """How many rows the table has, as far as one of its indexes can still tell."""
        for index in self._table.indexes:
            found = self._single(f'SELECT count(*) FROM "{self._table.name}" INDEXED BY "{index}"')
            if found is not None:
                return found
        return self._single(f'SELECT count(*) FROM "{self._table.name}"')

    def _numbered(self) -> Iterator[Row]:
        ranges = [(self._least(), self._largest())]
        while ranges:
            low, high = ranges.pop()
            clean = yield from self._range(low, high, "ASC")
            if clean:
                continue
            low = max(low, self._after(low))
            clean = yield from self._range(low, high, "DESC")
            if clean:
                continue
            high = min(high, self._before(high))
            if low >= high or (high - low > _WIDE and self._is_lost(low, high)):
                self.unread.append((low, high))
                continue
            middle = (low + high) // 2
            ranges += [(low, middle), (middle + 1, high)]

    def _after(self, low: int) -> int:
        return low if not self._last else int(self._last[0]) + 1

    def _before(self, high: int) -> int:
        return high if not self._last else int(self._last[0]) - 1

    def _range(self, low: int, high: int, order: str) -> Generator[Row, None, bool]:
        """The rows from one end of a range; the value of the generator is whether it came to the other."""
        condition = f"WHERE rowid BETWEEN ? AND ? ORDER BY rowid {order}"
        return (yield from self._select(condition, (low, high)))

    def _keyed(self) -> Iterator[Row]:
        key = ", ".join(f'"{column}"' for column in self._table.key)
        clean = yield from self._select(f"ORDER BY {key}", ())
        if clean:
            return
        first = self._last
        marks = ", ".join("?" * len(self._table.key))
        after = f"WHERE ({key}) > ({marks})" if first else ""
        down = ", ".join(f'"{column}" DESC' for column in self._table.key)
        clean = yield from self._select(f"{after} ORDER BY {down}", first)
        if not clean:
            yield from self._between(first, self._last, f"WHERE ({key}) = ({marks})")

    def _between(self, first: Row, last: Row, condition: str) -> Iterator[Row]:
        """Rows whose keys the indexes know, each by itself."""
        seen: set[Row] = set()
        for key in self._keys_in_indexes():
            if key in seen or (first and key <= first) or (last and key >= last):
                continue
            seen.add(key)
            yield from self._select(condition, key)

    def _keys_in_indexes(self) -> Iterator[Row]:
        names = ", ".join(f'"{column}"' for column in self._table.key)
        for index in self._table.indexes:
            source = f'SELECT {names} FROM "{self._table.name}" INDEXED BY "{index}"'
            try:
                yield from self._connection.execute(source)
            except (*UNREADABLE, apsw.SQLError):
                continue

    def _select(self, condition: str, bound: Sequence[Any]) -> Generator[Row, None, bool]:
        """Rows with their key kept in `_last` (empty before the first); the value says whether all came."""
        names = ", ".join(f'"{column}"' for column in self._table.columns)
        key = ", ".join(f'"{column}"' for column in self._table.key)
        width = len(self._table.key)
        self._last = ()
        self._cancelled()
        try:
            query = f'SELECT {key}, {names} FROM "{self._table.name}" {condition}'
            for row in self._connection.execute(query, tuple(bound)):
                self._last = row[:width]
                yield row[width:]
                self._cancelled()
        except UNREADABLE:
            return False
        return True

    def _least(self) -> int:
        return min(1, self._single(f'SELECT min(rowid) FROM "{self._table.name}"') or 1)

    def _largest(self) -> int:
        name = self._table.name
        guesses = [self._single(f'SELECT max(rowid) FROM "{name}"')]
        if guesses[0] is None:
            guesses += [
                self._single(f'SELECT max(rowid + 0) FROM "{name}" INDEXED BY "{index}"')
                for index in self._table.indexes
            ]
            pages = self._single("PRAGMA page_count") or 1
            guesses.append(pages * _ROWS_A_PAGE if not any(guesses) else None)
        return max((guess for guess in guesses if guess is not None), default=0)

    def _is_lost(self, low: int, high: int) -> bool:
        """Whether nothing can be read at any of some places of a wide range."""
        step = (high - low) / (_SAMPLES + 1)
        places = (low + int(step * place) for place in range(1, _SAMPLES + 1))
        name = self._table.name
        return all(self._fails(f'SELECT rowid FROM "{name}" WHERE rowid = ?', place) for place in places)

    def _fails(self, query: str, number: int) -> bool:
        self._cancelled()
        try:
            self._connection.execute(query, (number,)).fetchall()
        except UNREADABLE:
            return True
        return False

    def _single(self, query: str) -> int | None:
        """One number; None where it cannot be read. An empty table has no least and no largest: 0."""
        self._cancelled()
        try:
            return int(self._connection.execute(query).get or 0)
        except (*UNREADABLE, apsw.SQLError):
            return None
