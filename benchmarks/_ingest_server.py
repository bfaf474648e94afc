"""`whimbrel serve` as users get it, with a heartbeat on its event loop; or a bare loop with nothing but that.

    python -m benchmarks._ingest_server DATA_DIR     the server; prints the ready line of `whimbrel serve`
    python -m benchmarks._ingest_server              the bare loop: how late the machine itself makes a timer

The line `beat` on standard input starts the heartbeat. The line `stall` ends it, and is answered with how
late it was at most: `stall MILLISECONDS`. While CPU is counted it does not beat.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path
from unittest import mock

from tornado.httpserver import HTTPServer

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from desktop import assemble, cli
from webui.local.application import LocalApplication, make_server

_BEAT_S = 0.005


class Heartbeat:
    """A timer of 5 ms that notes how much later than asked it was called: so long the loop was held up."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._beats = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def know(self) -> None:
        """The running loop is the one to watch."""
        self._loop = asyncio.get_running_loop()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._longest, self._beats = 0.0, True
        self._next(loop)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(_BEAT_S, self._beat, loop, time.perf_counter() + _BEAT_S)

    def _beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._longest = max(self._longest, time.perf_counter() - due)
        if self._beats:
            self._next(loop)

    def answer(self) -> None:
        """Does what the lines on standard input say."""
        for line in sys.stdin:
            if line.strip() == "stall":
                self._beats = False
                print(f"stall {1000 * self._longest:.3f}", flush=True)
            elif self._loop is not None:
                self._loop.call_soon_threadsafe(self._start, self._loop)


def main() -> int:
    """Serves, or only beats, until SIGTERM."""
    heartbeat = Heartbeat()
    threading.Thread(target=heartbeat.answer, daemon=True).start()
    if len(sys.argv) == 1:
        asyncio.run(_only_beat(heartbeat))

    def with_heartbeat(application: LocalApplication) -> HTTPServer:
        heartbeat.know()
        return make_server(application)

    with mock.patch.object(assemble, "make_server", with_heartbeat):
        return cli.main(["serve", "--no-browser", "--data-dir", sys.argv[1]])


async def _only_beat(heartbeat: Heartbeat) -> None:
    heartbeat.know()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
