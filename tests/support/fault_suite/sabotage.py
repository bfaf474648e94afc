"""Breaks one promise of the store from outside, to show that the suite notices. Nothing of the product helps.

- `normal`: synchronous=NORMAL in place of FULL, which syncs the log only at checkpoints.
- `unique`: `record.id` is not unique, and nobody looks whether a record is there already.
- `transaction`: every record is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from store.local import connection, ingest, schema_1, statistics_store
from store.local.connection import LocalDatabase
from store.local.ingest import Sorted
from store.local.rows import Prepared

NAMES = ("normal", "unique", "transaction")
_UNIQUE = "id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),\n        kind"
_PLAIN = _UNIQUE.replace(" UNIQUE", "")


@contextmanager
def sabotaged(name: str | None) -> Iterator[None]:
    """The store in this process is broken in this way until the block ends; None leaves it as it is.

    Raises ValueError where the store has changed so that the sabotage would do nothing.
    """
    if name is None:
        yield
        return
    with patch.multiple(*_replacements(name)[:1], **_replacements(name)[1]):
        if name == "unique":
            with patch.object(ingest, "_sort", _all_are_fresh):
                yield
        else:
            yield


def _replacements(name: str) -> tuple[Any, dict[str, Any]]:
    if name == "normal":
        weaker = tuple(text.replace("FULL", "NORMAL") for text in connection._WRITER)
        return connection, {"_WRITER": _other(weaker, connection._WRITER)}
    if name == "unique":
        statements = tuple(text.replace(_UNIQUE, _PLAIN) for text in schema_1.STATEMENTS)
        index = "CREATE INDEX record_id ON record (id)"
        return schema_1, {"STATEMENTS": (*_other(statements, schema_1.STATEMENTS), index)}
    if name == "transaction":
        return statistics_store, {"ingest": _one_by_one}
    raise ValueError(f"no sabotage is called {name!r}; there are {', '.join(NAMES)}")


def _other(made: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    if made == before:
        raise ValueError("the store has changed: this sabotage would do nothing")
    return made


def _all_are_fresh(_connection: object, batch: Sequence[Prepared], *_: object) -> Sorted:
    return Sorted(list(batch), [], [])


def _one_by_one(db: LocalDatabase, batch: Sequence[Prepared], *more: Any) -> Sorted:
    """Commits after each record, and leaves the writer in a transaction and a savepoint as it was.

    The first try has no savepoint to release, so that it fails, and the writer does it again with one.
    """
    result = Sorted([], [], [])
    connection = db.connection()
    for item in batch:
        part = ingest.ingest(db, [item], *more)
        for whole, piece in zip(result[:3], part[:3], strict=True):
            whole.extend(piece)
        connection.execute("RELEASE job; COMMIT; BEGIN IMMEDIATE; SAVEPOINT job")
    return result
