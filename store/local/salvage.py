"""Copies every row that can still be read out of a damaged memory into a fresh one, and counts the others."""

# ruff: noqa: S608 - the names in the queries are those of the schema

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from store.clock import Clock
from store.local.backup import check, never
from store.local.content_check import Columns, repeated
from store.local.database import Database
from store.local.errors import StoreError, given_up
from store.local.figures.rebuilding import count_anew
from store.local.folder import parts, sync_folder
from store.local.migrations import MIGRATIONS, migrate
from store.local.page_sums import believe_pages, opened
from store.local.rows import HASH_BYTES
from store.local.salvage_rows import UNREADABLE, Row, Table, TableReader, tables_of

Progress = Callable[[float], None]
_ROWS_A_STEP = 500
_FIRST_WITH_FIGURES = 3
_TEXTS = ("kind", "model_version", "backend", "source")


class Tally(NamedTuple):
    """Of one table: how many rows came over, how many did not, and whether the second is exact."""

    table: str
    copied: int
    lost: int
    exact: bool


def silent(_: float) -> None:
    """Tells nobody how far it is."""


def salvage(
    source: Path,
    target: Path,
    clock: Clock,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = never,
) -> list[Tally]:
    """Makes a sound database at `target` of what can be read of the damaged one at `source`.

    `source` and its log are copied first and never touched. Raises StoreError where nothing can be read at
    all, GivenUp where `cancelled` said so, and OSError where the disk has no room.
    """
    work = target.with_name(f"{target.name}.salvage")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        for part in parts(source):
            if not part.name.endswith("-shm"):
                shutil.copyfile(part, work / part.name)
        tallies = _copy(work / source.name, target, clock, progress, cancelled)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    check(target, cancelled)
    sync_folder(target.parent)
    return tallies


def _copy(
    source: Path, target: Path, clock: Clock, progress: Progress, cancelled: Callable[[], bool]
) -> list[Tally]:
    def step() -> None:
        if cancelled():
            raise given_up()

    with _damaged(source) as damaged:
        schema = _schema(damaged)
        _make_empty(target, clock, schema)
        with _fresh(target) as fresh:
            tables = tables_of(damaged, fresh)
            done = _Done(progress, [TableReader(damaged, table, step).expected() or 0 for table in tables])
            tallies = [_copy_table(damaged, fresh, table, step, done) for table in tables]
            orphans = _mend_references(fresh)
            if schema >= _FIRST_WITH_FIGURES:
                count_anew(fresh)  # they may count what was lost, or be lost themselves
    return [
        tally._replace(
            copied=tally.copied - orphans.get(tally.table, 0), lost=tally.lost + orphans.get(tally.table, 0)
        )
        for tally in tallies
    ]


@contextmanager
def _damaged(path: Path) -> Iterator[apsw.Connection]:
    """The copy of the damaged file; a page that contradicts itself is refused rather than believed.

    One whose sum is wrong is read: most of its rows are whole, and a record can be told by its hash.
    """
    connection = opened(str(path), apsw.SQLITE_OPEN_READWRITE)
    try:
        believe_pages(connection)
        connection.execute("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF").fetchall()
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        yield connection
    except UNREADABLE as error:
        raise StoreError(
            f"Nothing can be read of the damaged memory any more ({error}).",
            "Restore a backup, or start fresh; the damaged file is kept.",
        ) from error
    finally:
        connection.close()


def _schema(damaged: apsw.Connection) -> int:
    """The schema that the damaged file has; the newest where it does not tell."""
    newest = MIGRATIONS[-1].number
    try:
        return min(int(damaged.execute("SELECT max(number) FROM migration").get or newest), newest)
    except (*UNREADABLE, apsw.SQLError):
        return newest


def _make_empty(target: Path, clock: Clock, schema: int) -> None:
    for part in parts(target):
        part.unlink()
    database = Database(target, clock)
    known = tuple(one for one in MIGRATIONS if one.number <= schema)
    database.open(lambda db: migrate(db, clock, target.parent, known))
    database.close()


@contextmanager
def _fresh(target: Path) -> Iterator[apsw.Connection]:
    """The new file, to be filled in one go: nothing counts before it was checked and synced as a whole."""
    connection = opened(str(target), apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        for statement in ("journal_mode = DELETE", "foreign_keys = OFF", "synchronous = FULL"):
            connection.execute(f"PRAGMA {statement}").fetchall()
        with connection:
            yield connection
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    finally:
        connection.close()


class _Done:
    """How far the whole is, 0..1."""

    def __init__(self, progress: Progress, expected: list[int]) -> None:
        self._progress = progress
        self._all = max(1, sum(expected))
        self._rows = 0

    def one(self) -> None:
        self._rows += 1
        if self._rows % _ROWS_A_STEP == 0:
            self._progress(min(1.0, self._rows / self._all))


def _copy_table(
    damaged: apsw.Connection,
    fresh: apsw.Connection,
    table: Table,
    step: Callable[[], None],
    done: _Done,
) -> Tally:
    reader = TableReader(damaged, table, step)
    expected = reader.expected()
    names = ", ".join(f'"{column}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    if fresh.execute(f'SELECT EXISTS (SELECT 1 FROM "{table.name}")').get:
        fresh.execute(f'DELETE FROM "{table.name}"')  # what a migration puts in by itself
    insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
    mended = _Mending(fresh, table) if table.name == "record" else _as_it_is
    copied = refused = 0
    for row in reader.rows():
        done.one()
        if (whole := mended(row)) is not None and _inserted(fresh, insert, whole):
            copied += 1
        else:
            refused += 1
    if expected is not None:
        return Tally(table.name, copied, max(0, expected - copied), True)
    unread = sum(high - low + 1 for low, high in reader.unread)
    return Tally(table.name, copied, refused + unread, not reader.unread and table.numbered)


def _inserted(fresh: apsw.Connection, insert: str, row: Row) -> bool:
    """Whether the new file takes the row: its types, checks and keys are those of the schema."""
    try:
        fresh.execute(insert, row)
    except (apsw.ConstraintError, apsw.MismatchError):
        return False
    return True


def _as_it_is(row: Row) -> Row:
    return row


class _Mending:
    """A record's row with the columns that its JSON repeats taken from there.

    None where the JSON is not what its hash was made of (`store.local.rows`).
    """

    def __init__(self, fresh: apsw.Connection, table: Table) -> None:
        self._devices = {bytes(key): info for key, info in fresh.execute("SELECT hash, info FROM device")}
        self._place = {name: place for place, name in enumerate(table.columns)}

    def __call__(self, row: Row) -> Row | None:
        payload = self._value(row, "payload")
        if not isinstance(payload, str) or not _is_json(payload):
            return None
        columns = repeated(payload.encode(), Columns(*(self._value(row, name) for name in Columns._fields)))
        if columns is None or not (columns.kind == b"attachment" or self._is_hashed(row, payload)):
            return None
        mended = list(row)
        for name, value in columns._asdict().items():
            mended[self._place[name]] = value.decode() if name in _TEXTS and value is not None else value
        return tuple(mended)

    def _is_hashed(self, row: Row, payload: str) -> bool:
        own_device = self._devices.get(self._value(row, "device") or b"", "")
        return self._value(row, "content_hash") in (_hash(payload), _hash(payload + own_device))

    def _value(self, row: Row, column: str) -> Any:  # noqa: ANN401 - what SQLite holds
        return row[self._place[column]]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:HASH_BYTES]


def _mend_references(fresh: apsw.Connection) -> dict[str, int]:
    """Rows that point to a lost one point to none; those that cannot go. Returns how many went, by table."""
    gone: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for table, column, required, lost in _references(fresh):
            what = f'DELETE FROM "{table}"' if required else f'UPDATE "{table}" SET "{column}" = NULL'
            fresh.execute(f"{what} WHERE {lost}")
            count = fresh.changes()
            changed = changed or count > 0
            if required:
                gone[table] = gone.get(table, 0) + count
    return gone


def _references(fresh: apsw.Connection) -> list[tuple[str, str, bool, str]]:
    """Table, column, whether it must point somewhere, and the condition of a row that points to nothing."""
    query = """
    SELECT of.name, of."from", col."notnull" OR col.pk > 0, of."table", of."to"
    FROM (SELECT m.name, f.* FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f
          WHERE m.type = 'table') AS of, pragma_table_info(of.name) AS col
    WHERE col.name = of."from"
    """
    return [
        (table, column, bool(required), _dangling(column, parent, to))
        for table, column, required, parent, to in fresh.execute(query)
    ]


def _dangling(column: str, parent: str, to: str) -> str:
    """Nothing is not in an empty table either, so it is asked for by itself."""
    return f'"{column}" IS NOT NULL AND "{column}" NOT IN (SELECT "{to}" FROM "{parent}")'
