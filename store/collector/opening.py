"""From the text of `--database` to an open database. PostgreSQL's libraries are loaded only for its URLs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from store.clock import Clock
from store.collector.database import CollectorDatabase
from store.collector.errors import CollectorError, unreachable
from store.collector.migrations import migrate, schema_of
from store.collector.sqlite_database import SqliteDatabase

_POSTGRES = ("postgresql", "postgres")


def is_postgres(text: str) -> bool:
    """Whether this names a PostgreSQL database."""
    return urlsplit(text).scheme in _POSTGRES


def sqlite_path(text: str) -> Path:
    """The file that this names: a path, or `sqlite:///` and a path."""
    parts = urlsplit(text)
    if parts.scheme != "sqlite":
        return Path(text).expanduser().absolute()
    return Path(unquote(parts.path[1:] if parts.path.startswith("//") else parts.path)).absolute()


def open_database(text: str, *, may_make: bool = True) -> CollectorDatabase:
    """Opens what `text` names. Raises Unreachable, WrongSchema, CollectorError without the libraries."""
    if not is_postgres(text):
        path = sqlite_path(text)
        _make_folder(path.parent)
        return SqliteDatabase(path, may_make=may_make)
    try:
        from store.collector.postgres_database import PostgresDatabase  # noqa: PLC0415 - only where wanted
    except ImportError:
        raise CollectorError(
            "The libraries for PostgreSQL are not installed here.",
            "Install them with `pip install 'whimbrel[collector]'`.",
        ) from None
    return PostgresDatabase(text)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unreachable(error) from error


def make_if_new(database: CollectorDatabase, clock: Clock) -> None:
    """Gives an empty SQLite file its schema; PostgreSQL is migrated by command alone."""
    if database.dialect.name == "sqlite" and schema_of(database) == 0:
        migrate(database, clock)
