"""Debian's PostgreSQL, started in a temporary folder for the tests that need one."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from store.clock import SystemClock
from store.collector.migrations import migrate
from store.collector.postgres_database import PostgresDatabase

FILLED = (
    "model_part", "model_file", "model",
    "release_report", "release_file", "release_piece", "release", "release_keys",
    "enrolment_code", "queue_epoch", "event", "seen_again", "event_part", "context",
    "dropped_range", "rejected_event", "tombstone", "audit", "retention", "rate_bucket", "device", "sign_in",
    "account", "uncounted", "last_word", "timing", "settlement", "label_synonym", "label", "label_list",
    "erased_event", "beat",
    "counted_day",
)  # fmt: skip
READY = "ready to accept connections"
QUICK = (
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=60",
    "shared_buffers=32MB",
)


@dataclass
class PostgresServer:
    """A running server, for one test at a time."""

    folder: Path
    process: subprocess.Popen[str]
    _shared: str | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, name: str) -> str:
        """The URL of a database by its name."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def empty_database(self) -> str:
        """The URL of a new database without anything in it."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def collector_database(self) -> str:
        """The URL of the database that all tests share, with the collector's schema and nothing in it: no
        counted day either."""
        if self._shared is None:
            self._shared = self.empty_database()
            database = PostgresDatabase(self._shared)
            migrate(database, SystemClock())
            database.close()
        with psycopg.connect(self._shared, autocommit=True) as connection:
            connection.execute("SET search_path TO whimbrel")
            connection.execute("; ".join(f"DELETE FROM {table}" for table in FILLED))
        return self._shared


def programs() -> Path | None:
    """The folder of the server's programs; Debian keeps them out of the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    named = shutil.which("initdb")
    found = versions[-1] if versions else Path(named) if named else None
    return None if found is None else found.parent


@contextmanager
def postgres_server(bin_folder: Path, settings: Sequence[str] = QUICK) -> Iterator[PostgresServer]:
    """A server on a socket in a temporary folder, as the user postgres where this process is root."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        make: list[str | Path] = [bin_folder / "initdb", "--pgdata", data, "--username", "postgres"]
        make += ["--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run(_as_postgres(*make), check=True, capture_output=True)
        process, reader = _started(bin_folder, folder, data, settings)
        try:
            yield PostgresServer(folder, process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
            reader.join()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(*words: str | Path) -> list[str]:
    become = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
    return [*(become if os.geteuid() == 0 else []), *map(str, words)]


def _started(
    bin_folder: Path, folder: Path, data: Path, settings: Sequence[str]
) -> tuple[subprocess.Popen[str], threading.Thread]:
    words = [word for one in (*settings, f"unix_socket_directories={folder}") for word in ("-c", one)]
    process = subprocess.Popen(
        _as_postgres(bin_folder / "postgres", "-D", data, *words),
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    told: list[str] = []
    ready = threading.Event()
    reader = threading.Thread(target=_read, args=(process, told, ready), name="postgres-log", daemon=True)
    reader.start()
    ready.wait()
    if not any(READY in line for line in told):
        raise RuntimeError("postgres ended before it was ready:\n" + "".join(told))
    return process, reader


def _read(process: subprocess.Popen[str], told: list[str], ready: threading.Event) -> None:
    assert process.stderr is not None
    with process.stderr as lines:
        for line in lines:
            told.append(line)
            if READY in line:
                ready.set()
    ready.set()
