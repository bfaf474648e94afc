"""Processes under a limit of memory of their own, by control groups (version 1 or 2); root's to make."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True)
class Limited:
    """A group of processes; whom they start belongs to it, too."""

    folder: Path
    first: bool

    def take(self, process: int) -> None:
        """Puts a process into it, right after it was started."""
        (self.folder / "cgroup.procs").write_text(str(process), encoding="ascii")

    def processes(self) -> list[int]:
        """Who is in it."""
        return [int(line) for line in (self.folder / "cgroup.procs").read_text().split()]

    def used_mb(self) -> float:
        """Megabytes that its processes hold now, what they share counted once (Linux's PSS)."""
        return sum(_pss_kb(process) for process in self.processes()) * 1024 / 1e6

    def most_mb(self) -> float:
        """The most megabytes that were charged to it at once, files that it read among them."""
        name = "memory.max_usage_in_bytes" if self.first else "memory.peak"
        return int((self.folder / name).read_text()) / 1e6

    def killed(self) -> int:
        """How many of its processes the system ended because they wanted more."""
        text = (self.folder / ("memory.oom_control" if self.first else "memory.events")).read_text()
        return int(dict(line.split() for line in text.splitlines()).get("oom_kill", "0"))


def _pss_kb(process: int) -> int:
    try:
        found = _PSS.search(Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii"))
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return 0
    return int(found[1]) if found else 0


@contextmanager
def limited(size: int) -> Iterator[Limited]:
    """A group whose processes together get so many bytes; they must have ended at its end."""
    first = (_ROOT / "memory").is_dir()
    folder = (_ROOT / "memory" if first else _ROOT) / f"whimbrel-{os.getpid()}"
    folder.mkdir()
    try:
        name = "memory.limit_in_bytes" if first else "memory.max"
        (folder / name).write_text(str(size), encoding="ascii")
        yield Limited(folder, first)
    finally:
        folder.rmdir()
