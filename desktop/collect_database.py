"""Which database `whimbrel collect` and its commands work on."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from desktop.collect_arguments import chosen_option
from desktop.settings import Settings
from store.clock import SystemClock
from store.collector.database import CollectorDatabase
from store.collector.opening import make_if_new, open_database
from store.collector.service import Collector

FILE_NAME = "collector.sqlite3"


def database_text(settings: Settings, chosen: argparse.Namespace) -> str:
    """What --database or WHIMBREL_DATABASE names, else the file in the data folder."""
    named: str | None = chosen_option("database", chosen, os.environ)
    return named or str(settings.data_dir / FILE_NAME)


@contextmanager
def opened(
    settings: Settings, chosen: argparse.Namespace, *, may_make: bool = True
) -> Iterator[CollectorDatabase]:
    """That database, open until the block ends. Raises CollectorError."""
    database = open_database(database_text(settings, chosen), may_make=may_make)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def collector_of(
    settings: Settings, chosen: argparse.Namespace, *, may_make: bool = False
) -> Iterator[Collector]:
    """The collector on that database; `may_make` makes one where there is none yet. Raises CollectorError."""
    clock = SystemClock()
    with opened(settings, chosen, may_make=may_make) as database:
        if may_make:
            make_if_new(database, clock)
        yield Collector(database, clock)


def who() -> str:
    """Who gives a command, for the log."""
    return f"{getpass.getuser()} (command line)"
