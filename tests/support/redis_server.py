"""Debian's Redis, started in a folder of the test's own: on a socket there, and every write on the disk."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("redis-server")
MISSING = "redis-server is not installed here; `dev.py setup` as root brings Debian's."
_READY = "ready to accept connections"
_SETTINGS = {"port": "0", "appendonly": "yes", "appendfsync": "always", "save": "", "daemonize": "no"}


@dataclass
class RedisServer:
    """One server; can be killed and started again with what it has on its disk."""

    folder: Path
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"unix://{self.folder}/redis.sock"

    def start(self) -> RedisServer:
        """Starts it and waits until it answers."""
        assert PROGRAM is not None
        self.folder.mkdir(exist_ok=True)
        settings = _SETTINGS | {"dir": str(self.folder), "unixsocket": str(self.folder / "redis.sock")}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        told = ""
        while _READY not in told:
            line = self.process.stdout.readline()
            told += line
            if not line:
                self.end()
                raise RuntimeError(told)
        return self

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """Ends it if it runs, and waits."""
        if self.process is not None:
            self.process.send_signal(with_signal)
            self.process.communicate(timeout=30)
            self.process = None

    def ever_queued(self, collector_id: bytes) -> int:
        """How many batches of this collector were ever put into its queue."""
        import redis

        with redis.Redis.from_url(self.url) as client:
            return int(client.xinfo_stream(f"whimbrel:{collector_id.hex()}:batches")["entries-added"])

    def forget(self) -> None:
        """Kills it, and its disk is gone."""
        self.end(signal.SIGKILL)
        shutil.rmtree(self.folder)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A server until the block ends."""
    with tempfile.TemporaryDirectory(prefix="whimbrel-redis-") as folder:  # a socket's path has to be short
        server = RedisServer(Path(folder) / "data").start()
        try:
            yield server
        finally:
            server.end()
