"""A real, small file system that a real server has its data folder on, and that fills up."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from running import ROOT, Whimbrel

MIB = 2**20
SIZE_MIB = 400


def can_mount() -> bool:
    """Whether this user may mount a file system of its own."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    trial = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


class OnSmallDisk(Whimbrel):
    """`whimbrel serve` whose data folder lies on a tmpfs of its own, seen through the process' root."""

    def start(self) -> Whimbrel:
        """Starts the server in a mount namespace and waits for its ready line."""
        mount = f"mount -t tmpfs -o size={SIZE_MIB}m tmpfs {self.data_dir}"
        script = (
            f"{mount} && exec {sys.executable} -m desktop.cli serve --no-browser --data-dir {self.data_dir}"
        )
        self.process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", script],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.wait_until_ready(self.process)

    @property
    def folder(self) -> Path:
        """The data folder as the process sees it."""
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{self.data_dir}")


def fill_up(folder: Path, leave: int) -> Path:
    """One more file of somebody else's, which leaves so many bytes.

    Written piece by piece: tmpfs takes all of an allocation back that it can't end, and then nothing is full.
    """
    filler = folder / f"somebody-elses-film-with-{leave}-left"
    with filler.open("wb", buffering=0) as handle, _until_no_room():
        while (left := shutil.disk_usage(folder).free - leave) > 0:
            handle.write(bytes(min(left, MIB)))
    return filler


@contextmanager
def _until_no_room() -> Iterator[None]:
    """Goes on where the disk is full; every other error is one."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
