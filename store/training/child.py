"""The process that trains: `python -m store.training.child FOLDER`, with the folder that a parent filled.

It opens no database. A line on its standard input says that the folder is filled; until then it loads what it
needs. What it does it says in JSON lines (`Report`) on its standard output; it ends when its standard input
does, because then its parent is dead. Killed at any moment, the next one goes on from the last
stage that was finished. Status 0 with a result, 3 where it said why there is none.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from store.local.folder import NO_SPACE
from store.models.errors import ModelError
from store.training.runs.collect import no_room
from store.training.runs.job import JobFolder
from store.training.runs.stages import go
from store.training.runs.telling import Tell, own_output, tell_on

REFUSED = 3
ORPHANED = 4
_ANOTHER_ENDS_S = 20.0  # a child whose parent was killed just before may still be at its end


def main(arguments: Sequence[str]) -> int:
    """Trains in the folder; the exit status."""
    folder = JobFolder(Path(arguments[0]))
    tell, filled = tell_on(own_output()), threading.Event()
    threading.Thread(target=_hear_parent, args=(filled,), daemon=True).start()
    try:
        _load()
        filled.wait()
        with FileLock(folder.lock, timeout=_ANOTHER_ENDS_S):
            go(folder, tell)
    except Exception as error:
        return _refused(tell, error)
    return 0


def _hear_parent(filled: threading.Event) -> None:
    while os.read(0, 1024):
        filled.set()
    os._exit(ORPHANED)


def _load() -> None:
    """What fits a head takes most of a second to load, which the parent needs to fill the folder."""
    import scipy.linalg  # noqa: PLC0415
    import scipy.optimize  # noqa: F401, PLC0415


def _refused(tell: Tell, error: Exception) -> int:
    """Says what can be said; raises anything else again, for the log."""
    if isinstance(error, ModelError):
        tell.failure(error.sentence, error.advice)
    elif isinstance(error, MemoryError):
        tell.failure("There is not enough memory for this training.", "Close other programs and train again.")
    elif isinstance(error, OSError) and error.errno in NO_SPACE:
        full = no_room()
        tell.failure(full.sentence, full.advice)
    elif isinstance(error, Timeout):
        tell.failure("Another process still trains in the same folder.", "Try again in a minute.")
    else:
        raise error
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
