"""Collectors' databases that are copied and put back while nobody is connected: on SQLite, on PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from postgres_server import PostgresServer

FILE_NAME = "collector.sqlite3"


class Base(Protocol):
    """One collector's database."""

    @property
    def url(self) -> str:
        """What `--database` takes."""

    def copy(self, name: str) -> Base:
        """Another one with the same content; `name` has letters, digits and underscores."""

    def drop(self) -> None:
        """Removes it."""


class SqliteBase:
    """A file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def url(self) -> str:
        return str(self._folder / FILE_NAME)

    def copy(self, name: str) -> SqliteBase:
        """As after a crash: the file and its log, without the index that processes share."""
        target = self._folder.with_name(name)
        shutil.copytree(self._folder, target, ignore=shutil.ignore_patterns("*-shm"))
        return SqliteBase(target)

    def drop(self) -> None:
        shutil.rmtree(self._folder)


class PostgresBase:
    """A database of a server."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self._server = server
        self._name = name

    @property
    def url(self) -> str:
        return self._server.url(self._name)

    def copy(self, name: str) -> PostgresBase:
        self._alone(f"CREATE DATABASE {name} TEMPLATE {self._name}")
        return PostgresBase(self._server, name)

    def drop(self) -> None:
        self._alone(f"DROP DATABASE {self._name}")

    def _alone(self, statement: str) -> None:
        """Carries it out without a killed collector's connections, which the server notices late."""
        import psycopg

        others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self._server.url("postgres"), autocommit=True) as connection:
            connection.execute(others, (self._name,))
            connection.execute(statement.encode())
