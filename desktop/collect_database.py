"""Which database `whimbrel collect` and its commands work on."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

from desktop.collect_arguments import chosen_option
from desktop.settings import Settings
from store.collector.database import CollectorDatabase
from store.collector.opening import open_database

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
