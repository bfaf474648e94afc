"""Works through a folder as a page does, and kills itself at a job of the writer.

    python folder_queue_child.py DATA FOLDER JOB

Killed when it has handed the writer that many jobs; ends with 0 where it came to the end first.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from folder_world import PAGE, answer_of
from local_records import send

from store.clock import SystemClock
from store.local.database import Database
from store.local.opening import open_store

HANDED_OUT, A_BATCH = 7, 4


def main(data: str, folder: str, job: str) -> None:
    die_at(int(job))
    store = open_store(Path(data), SystemClock())
    store.queue.start()
    if not store.queue.jobs():
        store.queue.add([folder])
    while any(one.live for one in store.queue.jobs()):
        leases = store.queue.next(PAGE, HANDED_OUT)
        answers = [answer_of(lease) for lease in leases]
        for start in range(0, len(answers), A_BATCH):
            send(store.statistics, *answers[start : start + A_BATCH])
    store.queue.stop()
    store.close()


def die_at(job: int) -> None:
    handed = [0]
    real = Database.submit

    def submit(database: Database, *work: Any, **named: Any) -> Any:
        future = real(database, *work, **named)
        handed[0] += 1
        if handed[0] == job:
            os.kill(os.getpid(), signal.SIGKILL)
        return future

    setattr(Database, "submit", submit)  # noqa: B010 - mypy minds an assignment


if __name__ == "__main__":
    main(*sys.argv[1:])
