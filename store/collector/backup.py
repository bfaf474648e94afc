"""A whole copy of the collector beside it, and a collector from such a copy.

SQLite is copied by VACUUM INTO while it works; PostgreSQL by its own pg_dump and pg_restore, from one
snapshot. A copy appears under its name only when it is complete, on the disk and, for SQLite, read through.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import apsw

from store.collector.errors import CollectorError, WrongSchema
from store.collector.opening import is_postgres, sqlite_path
from store.collector.sqlite_database import APPLICATION_ID

_PROGRAMS = "Install PostgreSQL's client programs (on Debian `postgresql-client`) in the server's version."


def back_up(database: str, target: Path) -> None:
    """Copies what `--database` names to a file that is not there yet. Raises CollectorError."""
    if target.exists():
        raise CollectorError(f"There is a file {target} already.", "Name another one for the backup.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        if is_postgres(database):
            _run(database, ["pg_dump", "--format=custom", "--schema=whimbrel", f"--file={partial}"])
        else:
            _copy_sqlite(_existing(sqlite_path(database)), partial)
        with partial.open("rb+") as copy:
            os.fsync(copy.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def restore(database: str, source: Path) -> None:
    """Makes a collector of a copy where `--database` names none yet. Raises CollectorError."""
    if not source.is_file():
        raise CollectorError(
            f"There is no file {source}.", "Name the file that `whimbrel collect backup` made."
        )
    if is_postgres(database):
        arguments = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        _run(database, ["pg_restore", *arguments, f"--dbname={_name(database)}", str(source)])
        return
    target = sqlite_path(database)
    if target.exists():
        raise CollectorError(
            f"There is a database {target} already.",
            "Move it away first, with its -wal and -shm if they are there.",
        )
    _check(source)
    partial = target.with_name(target.name + ".partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.touch(mode=0o600)
    shutil.copyfile(source, partial)
    with partial.open("rb+") as copy:
        os.fsync(copy.fileno())
    partial.replace(target)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise CollectorError(f"There is no collector's database {path}.", "Name it with --database.")
    return path


def _copy_sqlite(source: Path, partial: Path) -> None:
    try:
        connection = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.execute("VACUUM INTO ?", (str(partial),)).fetchall()
        finally:
            connection.close()
        _check(partial)
    except apsw.Error as error:
        raise CollectorError(
            f"The database {source} can't be copied ({error}).", "Look at its disk."
        ) from error


def _check(copy: Path) -> None:
    """Reads a whole copy. Raises CollectorError where it is not sound, WrongSchema for something else."""
    try:
        connection = apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            verdict = str(connection.execute("PRAGMA quick_check(1)").get)
            program = connection.execute("PRAGMA application_id").get
        finally:
            connection.close()
    except apsw.Error as error:
        verdict, program = str(error), APPLICATION_ID
    if program != APPLICATION_ID:
        raise WrongSchema(f"The file {copy} is not a collector's.", "Name one that `collect backup` made.")
    if verdict != "ok":
        raise CollectorError(f"The copy {copy} is not sound ({verdict}).", "Use another one.")


def _name(database: str) -> str:
    return _environment(database).get("PGDATABASE", "postgres")


def _run(database: str, words: Sequence[str]) -> None:
    """Carries out one of PostgreSQL's programs; the password goes by its environment, which no list shows."""
    environment = {**os.environ, **_environment(database)}
    try:
        done = subprocess.run(  # noqa: S603 - our own words and the administrator's file
            words, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
    except FileNotFoundError:
        raise CollectorError(f"The program {words[0]} is not on this machine.", _PROGRAMS) from None
    if done.returncode != 0:
        told = " ".join(done.stderr.split())[:400]
        raise CollectorError(f"{words[0]} could not do it ({told}).", "Mend that, then try again.")


def _environment(database: str) -> dict[str, str]:
    """A URL as the variables that PostgreSQL's programs read."""
    from store.collector.postgres_database import environment_of  # noqa: PLC0415 - only where wanted

    return environment_of(database)
