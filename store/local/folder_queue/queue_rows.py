"""The statements of the folder queue; what writes is for the writer's thread, inside its transaction."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from typing import Any

import apsw
import msgspec

from store.ids import id_text
from store.local.connection import number_array, rows_of
from store.local.folder_queue import ending
from store.local.folder_queue.forms import Counts, FailedPicture, Job, JobState, Lease, LeftOut
from store.local.folder_queue.walking import Found

MOST_ATTEMPTS = 3
GAVE_UP = "gave-up"
_LONGEST_PATH, _LONGEST_NAME = 1024, 256  # of a record's

_JOBS = """
SELECT number, added_at, ended_at, state, walked, dropped, paths, left_out FROM queue_job ORDER BY number
"""
_COUNTS = "SELECT job, state, count(*) FROM queue_picture GROUP BY job, state"
_ADD_JOB = """
INSERT INTO queue_job (added_at, state, walked, dropped, paths, left_out) VALUES (?, 'running', 0, 0, ?, '{}')
RETURNING number
"""
_TO_WALK = """
SELECT number, paths FROM queue_job WHERE walked = 0 AND state IN ('running', 'paused')
ORDER BY number LIMIT 1
"""
_STATE = "SELECT state FROM queue_job WHERE number = ?"
_ADD_PICTURE = """
INSERT INTO queue_picture (job, state, attempts, record_id, in_folder, size, modified_ns, path)
VALUES (?, 'waiting', 0, ?, ?, ?, ?, ?) ON CONFLICT (job, path) DO NOTHING
"""
_WALKED = "UPDATE queue_job SET walked = 1, left_out = ? WHERE number = ?"
_NEXT = """
SELECT picture.number, picture.record_id, picture.job, picture.path, picture.in_folder, picture.size,
       picture.attempts
FROM queue_job AS job CROSS JOIN queue_picture AS picture
WHERE job.state = 'running' AND picture.job = job.number AND picture.state = 'waiting'
ORDER BY job.number, picture.attempts, picture.number LIMIT ?
"""
_TAKE = "UPDATE queue_picture SET state = 'taken', attempts = attempts + 1 WHERE number IN carray(?)"
_TAKEN = """
SELECT picture.number FROM queue_job AS job CROSS JOIN queue_picture AS picture
WHERE job.state IN ('running', 'paused') AND picture.job = job.number AND picture.state = 'taken'
"""
_GIVE_BACK = "UPDATE queue_picture SET state = 'waiting' WHERE state = 'taken' AND number IN carray(?)"
_GIVE_UP = f"""
UPDATE queue_picture SET state = 'failed', reason = '{GAVE_UP}', sentence =
    'Whimbrel looked at this picture {MOST_ATTEMPTS} times, and stopped each time before it had an answer.'
WHERE state = 'waiting' AND attempts >= {MOST_ATTEMPTS}
  AND job IN (SELECT number FROM queue_job WHERE state IN ('running', 'paused'))
"""  # noqa: S608 - our own constants
_CHANGE = "UPDATE queue_job SET state = ?, ended_at = ? WHERE number = ?"
_DROP = "DELETE FROM queue_picture WHERE job = ? AND state IN ('waiting', 'taken')"
_DROPPED = "UPDATE queue_job SET dropped = dropped + ? WHERE number = ?"
_FORGET = "DELETE FROM queue_job WHERE number = ?"
_OLD = """
DELETE FROM queue_job WHERE state IN ('cancelled', 'done') AND (
    number NOT IN (SELECT number FROM queue_job ORDER BY number DESC LIMIT ?)
    OR NOT EXISTS (SELECT 1 FROM queue_picture WHERE job = queue_job.number AND state = 'failed')
)
"""
_FAILED = """
SELECT number, path, reason, sentence FROM queue_picture
WHERE job = ? AND state = 'failed' AND number > ? ORDER BY number LIMIT ?
"""
_AGAIN = """
UPDATE queue_picture SET state = 'waiting', attempts = 0, reason = NULL, sentence = NULL, record_id = ?
WHERE number = ?
"""
_PATH = "SELECT path FROM queue_picture WHERE record_id = ?"
JOBS_KEPT = 5


def shown(path: bytes, longest: int = _LONGEST_PATH) -> str:
    """A path for people and records: what is no UTF-8 in it becomes a mark. Of a long one the end counts."""
    return path.decode("utf-8", "replace")[-longest:]


def jobs(connection: apsw.Connection) -> list[Job]:
    """All jobs, the oldest first."""
    counts: dict[int, dict[str, int]] = {}
    for job, state, count in rows_of(connection, _COUNTS):
        counts.setdefault(job, {})[state] = count
    return [_job(row, counts.get(row[0], {})) for row in rows_of(connection, _JOBS)]


def _job(row: tuple[Any, ...], counts: dict[str, int]) -> Job:
    number, added_at, ended_at, state, walked, dropped, paths, left_out = row
    return Job(
        number=number,
        added_at=added_at,
        ended_at=ended_at,
        state=state,
        finding=not walked and state in ("running", "paused"),
        paths=msgspec.json.decode(paths, type=list[str]),
        counts=Counts(**counts, dropped=dropped),
        left_out=msgspec.json.decode(left_out, type=LeftOut),
    )


def add_job(connection: apsw.Connection, paths: Sequence[str], now_ms: int) -> int:
    """The number of a new job. What ended without a failure goes, and so does what is too long ago."""
    connection.execute(_OLD, (JOBS_KEPT,))
    number: Any = connection.execute(_ADD_JOB, (now_ms, msgspec.json.encode(paths).decode())).get
    return int(number)


def job_to_walk(connection: apsw.Connection) -> tuple[int, list[str]] | None:
    """The oldest job whose folders were not walked through."""
    row: Any = connection.execute(_TO_WALK).fetchone()
    return None if row is None else (row[0], msgspec.json.decode(row[1], type=list[str]))


def state_of(connection: apsw.Connection, job: int) -> JobState | None:
    """The state of a job, None without such a job."""
    found: Any = connection.execute(_STATE, (job,)).get
    state: JobState | None = found
    return state


def add_pictures(
    connection: apsw.Connection, job: int, found: Sequence[Found], new_id: Callable[[], bytes]
) -> bool:
    """Puts pictures into a job, each once; False where nobody wants them any more."""
    if state_of(connection, job) not in ("running", "paused"):
        return False
    rows = [(job, new_id(), one.in_folder, one.size, one.modified_ns, one.path) for one in found]
    connection.executemany(_ADD_PICTURE, rows)
    return True


def end_walk(connection: apsw.Connection, job: int, left_out: LeftOut, now_ms: int) -> None:
    """All folders of a job were walked through."""
    connection.execute(_WALKED, (msgspec.json.encode(left_out).decode(), job))
    ending.end_jobs(connection, now_ms)


def taken(connection: apsw.Connection) -> list[int]:
    """The pictures that somebody works at."""
    return [number for (number,) in rows_of(connection, _TAKEN)]


def give_back(connection: apsw.Connection, numbers: Collection[int]) -> None:
    """Has pictures wait again that were taken; one that was taken too often has failed."""
    if numbers:
        connection.execute(_GIVE_BACK, (number_array(numbers),))


def give_up(connection: apsw.Connection, now_ms: int) -> None:
    """Takes pictures out of the line with which whoever looked at them stopped again and again."""
    connection.execute(_GIVE_UP)
    if connection.changes():
        ending.end_jobs(connection, now_ms)


def take(connection: apsw.Connection, count: int) -> list[tuple[int, Lease]]:
    """The next pictures, with their numbers: never tried ones first, then each of the others by itself.

    So a picture that stops the page holds up no other.
    """
    rows = rows_of(connection, _NEXT, (count,))
    if not rows:
        return []
    first_attempts = [row for row in rows if row[6] == 0]
    chosen = first_attempts or ([] if taken(connection) else rows[:1])
    if chosen:
        connection.execute(_TAKE, (number_array(row[0] for row in chosen),))
    return [(row[0], _lease(row)) for row in chosen]


def _lease(row: tuple[Any, ...]) -> Lease:
    _, record_id, job, path, in_folder, size, attempts = row
    return Lease(
        id=id_text(record_id),
        job=job,
        file_name=shown(os.path.basename(path), _LONGEST_NAME),  # noqa: PTH119 - bytes
        path=shown(path),
        source="folder" if in_folder else "file",
        size=size,
        alone=attempts > 0,
    )


def change(connection: apsw.Connection, job: int, state: JobState, ended_at: int | None = None) -> None:
    """Puts a job into a state; a cancelled one lets go of what it has not done."""
    connection.execute(_CHANGE, (state, ended_at, job))
    if state == "cancelled":
        connection.execute(_DROP, (job,))
        connection.execute(_DROPPED, (connection.changes(), job))


def forget(connection: apsw.Connection, job: int) -> None:
    """Takes a job and its list away; what was recorded stays."""
    connection.execute(_FORGET, (job,))


def failed(connection: apsw.Connection, job: int, after: int, limit: int) -> list[FailedPicture]:
    """Pictures of a job that could not be recognised, in the order of their numbers."""
    return [
        FailedPicture(number, shown(os.path.basename(path)), shown(path), reason or "", sentence or "")  # noqa: PTH119
        for number, path, reason, sentence in rows_of(connection, _FAILED, (job, after, limit))
    ]


def wait_again(connection: apsw.Connection, job: int, new_id: Callable[[], bytes]) -> int:
    """Has every failed picture of a job wait again, for a record of its own; says how many."""
    numbers = [number for number, *_ in rows_of(connection, _FAILED, (job, 0, -1))]
    connection.executemany(_AGAIN, [(new_id(), number) for number in numbers])
    return len(numbers)


def path_of(connection: apsw.Connection, record_id: bytes) -> bytes | None:
    """Where the picture is whose record has, or will have, this id."""
    found: Any = connection.execute(_PATH, (record_id,)).get
    return None if found is None else bytes(found)
