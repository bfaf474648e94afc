"""`whimbrel serve` as users get it, with a heartbeat on its event loop; or a bare loop with nothing but that.

    python -m benchmarks._ingest_server DATA_DIR     the server; prints the ready line of `whimbrel serve`
    python -m benchmarks._ingest_server              the bare loop: how late the machine itself makes a timer

For each line on standard input it prints how late the heartbeat was at most since the last such line:
`stall MILLISECONDS`.
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

    def start(self) -> None:
        """Begins to beat on the running loop."""
        self._next(asyncio.get_running_loop())

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(_BEAT_S, self._beat, loop, time.perf_counter() + _BEAT_S)

    def _beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._longest = max(self._longest, time.perf_counter() - due)
        self._next(loop)

    def take(self) -> float:
        """The longest delay (ms) since the last call."""
        longest, self._longest = self._longest, 0.0
        return 1000 * longest

    def answer(self) -> None:
        """Tells the delay for each line on standard input."""
        for _ in sys.stdin:
            print(f"stall {self.take():.3f}", flush=True)


def main() -> int:
    """Serves, or only beats, until SIGTERM."""
    heartbeat = Heartbeat()
    threading.Thread(target=heartbeat.answer, daemon=True).start()
    if len(sys.argv) == 1:
        asyncio.run(_only_beat(heartbeat))

    def with_heartbeat(application: LocalApplication) -> HTTPServer:
        heartbeat.start()
        return make_server(application)

    with mock.patch.object(assemble, "make_server", with_heartbeat):
        return cli.main(["serve", "--no-browser", "--data-dir", sys.argv[1]])


async def _only_beat(heartbeat: Heartbeat) -> None:
    heartbeat.start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
