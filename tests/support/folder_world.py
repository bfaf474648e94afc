"""Folders with pictures and with what else lies in folders, and records of pictures of the queue."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from local_records import inference

from store.local.folder_queue.forms import Job, Lease
from store.local.opening import LocalStore

JPEG = b"\xff\xd8\xff\xe0" + b"a picture"
PAGE = "01890000-0000-7000-8000-00000000face"


def pictures(folder: Path, count: int, start: int = 0) -> list[Path]:
    """So many files that look like pictures, each of its own content."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"IMG_{number:05}.jpg" for number in range(start, start + count)]
    for number, path in enumerate(made, start):
        path.write_bytes(JPEG + str(number).encode())
    return made


def answer_of(lease: Lease) -> dict[str, Any]:
    """The record of a picture that was recognised: under the id that it was handed out with."""
    sha256 = hashlib.sha256(Path(lease.path).read_bytes()).hexdigest()
    facts = {"sha256": sha256, "fileName": lease.file_name, "path": lease.path}
    return inference(1, id=lease.id, source=lease.source, picture=facts)


def failure_of(lease: Lease, code: str = "empty-file") -> dict[str, Any]:
    """The record of a picture that could not be."""
    detail = {"fileName": lease.file_name, "says": "This file is empty."}
    named = {"kind": "event", "id": lease.id, "timestamp": 1}
    return named | {"stage": "decode", "code": code, "detail": detail}


def walked(store: LocalStore, number: int) -> Job:
    """The job, once its folders were walked through by this thread (the queue's own is not started)."""
    while store.queue._walk_one():
        pass
    return job_of(store, number)


def job_of(store: LocalStore, number: int) -> Job:
    """The job as it is now."""
    return next(job for job in store.queue.jobs() if job.number == number)


def recorded(store: LocalStore) -> list[str]:
    """The file names of all answers, one for each."""
    query = "SELECT picture.file_name FROM record JOIN picture ON picture.number = record.picture"
    with store.database.read() as db:
        return sorted(name for (name,) in db.execute_sql(query).fetchall())


def names(leases: Iterable[Lease]) -> list[str]:
    """The files that were handed out."""
    return [lease.file_name for lease in leases]


def unnameable(folder: Path) -> bytes:
    """A picture whose name is not UTF-8, by its bytes."""
    path = os.fsencode(folder) + b"/Z\xfcrich.jpg"
    Path(os.fsdecode(path)).write_bytes(JPEG)
    return path
