"""`whimbrel collect`, less patient with its queue than a user's: what is left behind is taken over after half
a second, and a request waits for two. Run as a program; its arguments are those of `whimbrel collect`.
"""

from __future__ import annotations

import sys
from functools import partial
from unittest.mock import patch

from desktop.cli import main as whimbrel
from store.queue.worker import Worker
from webui.collector.queued import Queued

LEFT_BEHIND_S, WAIT_S = 0.5, 2.0


def main() -> int:
    """The command, as `whimbrel` carries it out."""
    worker = partial(Worker, left_behind_s=LEFT_BEHIND_S)
    queued = partial(Queued, wait_s=WAIT_S)
    with patch("desktop.collect_queue.Worker", worker), patch("desktop.collect_queue.Queued", queued):
        return whimbrel(["collect", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
