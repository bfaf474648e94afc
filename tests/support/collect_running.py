"""`whimbrel collect` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from running import ROOT

WORKER_READY = re.compile(r"^Whimbrel keeps what waits at (\S+) for collector ([0-9a-f]{32})$")
READY = re.compile(r"^Whimbrel collects at (https?://\S+) as collector ([0-9a-f]{32})$")


@dataclass
class RunningCollector:
    """One process; `words` are its arguments. Can be stopped, killed and started again.

    `program` is how Python starts it, `ready` what its first line must be: a worker has no address.
    """

    words: tuple[str, ...]
    program: tuple[str, ...] = ("-m", "desktop.cli", "collect", "--port", "0")
    ready: re.Pattern[str] = READY
    url: str = ""
    collector_id: str = ""
    process: subprocess.Popen[str] | None = field(default=None)

    def start(self) -> RunningCollector:
        """Starts it and waits for its ready line; RuntimeError with what it said."""
        command = [sys.executable, *self.program, *self.words]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        found = self.ready.match(told.strip())
        if found is None:
            rest = self.process.communicate(timeout=30)[0]
            raise RuntimeError(told + rest)
        self.url, self.collector_id = found.groups()
        return self

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ends it and waits; its exit status."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def end(self) -> None:
        """Ends it if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.stop()


def collect_command(*words: str, status: int = 0, said: str = "") -> str:
    """What a command of `whimbrel collect` prints; `said` is its standard input."""
    command = [sys.executable, "-m", "desktop.cli", "collect", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, input=said)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, which is its own authority, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    about = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*make, *about, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key
