"""The training's child process with a moment at which something happens to it.

    python training_child.py STAGE die|hang FOLDER

When that stage begins it kills itself, or waits for ever.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from store.training import child
from store.training.runs.telling import Tell


def main(stage: str, what: str, folder: str) -> int:
    begin = Tell.stage

    def at_stage(tell: Tell, now: Any, sentence: str) -> None:
        begin(tell, now, sentence)
        if now == stage:
            happen(what)

    Tell.stage = at_stage  # type: ignore[method-assign, assignment]
    return child.main([folder])


def happen(what: str) -> None:
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
