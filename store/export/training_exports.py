"""Starts exports: as one stream of bytes for the API, or as files for the command line."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from store.clock import Clock
from store.export.csv_form import csv_pieces
from store.export.filters import Filters
from store.export.finished_files import finished_file, finished_folder, remove_leftovers
from store.export.json_form import json_lines_pieces, json_pieces
from store.export.preview import Preview, preview
from store.export.rows import Selected
from store.export.selection import Selection
from store.export.shards import Piece, gzipped, tar_pieces, tfrecord_pieces
from store.local.database import Database
from store.local.errors import StoreError, StoreFull

Form = Literal["json", "jsonl", "csv", "tfrecord"]
FORMS: tuple[Form, ...] = ("json", "jsonl", "csv", "tfrecord")
MEDIA_TYPES = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "tfrecord": "application/x-tar",
}
GZIP_MEDIA_TYPE = "application/gzip"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Export:
    """An export that runs while `pieces` is read; an empty piece says that it still does. Close `pieces` to
    stop it. They may be read on one thread after the other, and raise StoreError."""

    file_name: str
    media_type: str
    pieces: Generator[bytes, None, None]
    selection: Selected


@dataclass(frozen=True)
class Ordered:
    """What somebody asked for; `gzip` of TFRecord is of each shard."""

    form: Form
    filters: Filters
    gzip: bool = False


def streamed(selection: Selected, ordered: Ordered, scratch: Path | None, now_ms: int) -> Export:
    """An export as one stream; TFRecord as a tar, whose shards wait, one at a time, in a nameless file in
    `scratch`. The selection of TFRecord must be of what has a label, with images."""
    form = ordered.form
    name, media = f"whimbrel-training-data.{form}", MEDIA_TYPES[form]
    if form == "tfrecord":
        shards = tfrecord_pieces(selection, gzip=ordered.gzip)
        return Export(f"{name}.tar", media, _in_words(tar_pieces(shards, scratch, now_ms)), selection)
    pieces = _text(form, selection, ordered.filters, now_ms)
    if ordered.gzip:
        return Export(f"{name}.gz", GZIP_MEDIA_TYPE, _in_words(gzipped(pieces)), selection)
    return Export(name, media, _in_words(pieces), selection)


class TrainingExports:
    """Exports of what a database holds, at constant memory."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def start(self, form: Form, filters: Filters, *, gzip: bool = False) -> Export:
        """An export as one stream; TFRecord as a tar whose shards are compressed where `gzip` asks for it.

        A tar's shards wait, one at a time, in a nameless file beside the database. Raises StoreError.
        """
        ordered = Ordered(form, filters, gzip=gzip)
        folder = self._database.path.parent
        return streamed(self._selection(form, filters), ordered, folder, self._clock.now_ms())

    def save(
        self,
        form: Form,
        filters: Filters,
        target: Path,
        *,
        gzip: bool = False,
        replace: bool = False,
        progress: Callable[[float], None] = lambda _: None,
    ) -> int:
        """Writes a file (TFRecord: a new folder with shards and label map) and returns how many records.

        What has the name of `target` is always whole: it is renamed last. `replace` allows to replace a file,
        never a folder. `progress` gets 0..1. Raises StoreError where the target can't be.
        """
        selection = self._selection(form, filters)
        with _words():
            remove_leftovers(target.parent, target.name)
            if form == "tfrecord":
                with finished_folder(target) as folder:
                    _write_all(folder, tfrecord_pieces(selection, gzip=gzip), selection, progress)
                return selection.rows
            pieces = _text(form, selection, filters, self._clock.now_ms())
            with finished_file(target, replace=replace) as file:
                for piece in gzipped(pieces) if gzip else pieces:
                    file.write(piece)
                    progress(selection.progress)
        return selection.rows

    def preview(self, filters: Filters) -> Preview:
        """About how many records an export as text would take, and how long; reads a bounded number."""
        return preview(Selection(self._database, filters), self._clock)

    def _selection(self, form: Form, filters: Filters) -> Selection:
        shards = form == "tfrecord"
        return Selection(self._database, filters, images=shards, only_labelled=shards)


def _text(form: Form, selection: Selected, filters: Filters, now_ms: int) -> Iterator[bytes]:
    if form == "csv":
        return csv_pieces(selection)
    if form == "jsonl":
        return json_lines_pieces(selection)
    return json_pieces(selection, filters, now_ms)


def _write_all(
    folder: Path, pieces: Iterator[Piece], selection: Selection, progress: Callable[[float], None]
) -> None:
    """Writes pieces into the files that they name, which come one after another."""
    file: IO[bytes] | None = None
    current = ""
    try:
        for name, piece in pieces:
            if name and name != current:
                if file is not None:
                    file.close()
                file, current = (folder / name).open("xb"), name
            if file is not None:
                file.write(piece)
            progress(selection.progress)
    finally:
        if file is not None:
            file.close()


def _in_words(pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
    with _words():
        yield from pieces


@contextmanager
def _words() -> Iterator[None]:
    """Says in a sentence what the disk refuses."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StoreFull(
                "The disk has no room for the export.", "Free some space there, then export again."
            ) from error
        reason = error.strerror or str(error)
        raise StoreError(
            f"The export can't be written ({reason}).", "Choose another place, then export again."
        ) from error
