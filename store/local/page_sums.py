"""A sum on every page of the memory's file: a bit turned over anywhere is noticed when the page is read.

SQLite's own checksum file system (https://sqlite.org/cksumvfs.html), which comes with apsw, keeps eight bytes
at the end of each page and compares them on every read. It stands in front of the usual file system for the
whole process, and leaves files alone that have no room for sums.
"""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import apsw
from apsw import sqlite_extra

from store.local.errors import StoreError

SUM_BYTES = 8
EXTENSION = "cksumvfs"
_PARTS_NEEDED = 3  # the file, what VACUUM makes of it, and the log that it passes through


def opened(path: str, flags: int) -> apsw.Connection:
    """A connection that looks at the sums of the file at `path`, where it has them.

    Raises StoreError where this installation lacks the checksum file system.
    """
    stand_in_front()
    return apsw.Connection(path, flags=flags)


@functools.cache
def stand_in_front() -> None:
    """Makes it the default file system, over the one that is the default now. Raises as `opened`."""
    connection = apsw.Connection(":memory:")
    try:
        sqlite_extra.load(connection, EXTENSION)
    except (sqlite_extra.NotAvailable, LookupError, OSError, apsw.Error) as error:
        raise StoreError(
            f"A part of Whimbrel is missing, the one that checks its memory's pages ({error}).",
            "Install Whimbrel again; nothing in the data folder changes by that.",
        ) from error
    finally:
        connection.close()


def make_room(connection: apsw.Connection) -> None:
    """Lets the pages of a new file, or those that the next VACUUM writes, have sums."""
    connection.reserve_bytes(reserve=SUM_BYTES)


def have_sums(connection: apsw.Connection) -> bool:
    """Whether the pages of the open file have sums."""
    return connection.reserve_bytes() == SUM_BYTES


def add_sums(connection: apsw.Connection, path: Path) -> None:
    """Writes a file of an earlier Whimbrel anew, with sums; where the disk has no room it stays as it is."""
    if have_sums(connection) or shutil.disk_usage(path.parent).free < _PARTS_NEEDED * path.stat().st_size:
        return
    make_room(connection)
    connection.execute("VACUUM").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def believe_pages(connection: apsw.Connection) -> None:
    """Reads pages whose sum is wrong, too: for bringing back what can be told to be right by other means."""
    connection.execute("PRAGMA checksum_verification = OFF").fetchall()


def is_wrong_sum(error: BaseException) -> bool:
    """Whether SQLite stopped at a page that is not what its sum was made of."""
    return getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_DATA
