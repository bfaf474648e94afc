"""Opens a memory, begins a removal unless one is under way, goes on with it, and kills itself at a job.

    python upkeep_child.py FOLDER retention|erasure SHA256 JOB

Killed when it has queued that many jobs of the writer; ends with 0 where it came to the end first.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from store.clock import SystemClock
from store.local.database import Database
from store.local.erasure.scope import Scope
from store.local.opening import LocalStore, open_store
from store.local.retention.plan import Part, Plan


def main(folder: str, what: str, sha256: str, job: str) -> None:
    store = open_store(Path(folder), SystemClock())
    die_at(int(job))
    if not store.upkeep.entries():
        begin(store, what, sha256)
    store.upkeep.finish()
    store.close()


def begin(store: LocalStore, what: str, sha256: str) -> None:
    if what == "erasure":
        store.upkeep.erase(Scope(picture_sha256=sha256))
    else:
        part = Part(unchecked=((1, 500),))
        plan = Plan(500, ((1, 450),), embeddings=part, thumbnails=part, crops=part)
        store.upkeep._begin("retention", plan, asked=True)


def die_at(job: int) -> None:
    queued = [0]
    for name in ("submit", "submit_alone"):
        setattr(Database, name, counted(getattr(Database, name), queued, job))


def counted(real: Any, queued: list[int], job: int) -> Any:
    def submit(database: Database, *work: Any, **named: Any) -> Any:
        future = real(database, *work, **named)
        queued[0] += 1
        if queued[0] == job:
            os.kill(os.getpid(), signal.SIGKILL)
        return future

    return submit


if __name__ == "__main__":
    main(*sys.argv[1:])
