"""Forgets every figure that comes from records, so that the roll-up counts anew what is there."""

from __future__ import annotations

import apsw

from store.local.figures.storage import IN_RECORDS, RECOUNTED

_COUNTED = ("count", "histogram", "visit", "distinct", "word", "recheck", "group")
_RECOUNT = (
    "INSERT OR REPLACE INTO figure_storage SELECT ?, coalesce(sum(length({0})), 0), count({0}) FROM {1}"
)


def count_anew(connection: apsw.Connection) -> None:
    """For a file that was salvaged or changed by hand: what was counted need not be there any more.

    To be called inside a transaction. Reads all embeddings and small pictures; the records themselves are
    read by the next roll-up. What the server measured, and what called for trainings, stays.
    """
    for table in _COUNTED:
        connection.execute(f"DELETE FROM figure_{table}")  # noqa: S608 - our own names
    connection.execute("UPDATE figure_state SET value = 0 WHERE name = 'rolled'")
    for kind in IN_RECORDS:
        connection.execute("INSERT OR REPLACE INTO figure_storage VALUES (?, 0, 0)", (kind,))
    for kind, table, column in RECOUNTED:
        connection.execute(_RECOUNT.format(column, table), (kind,))
