"""The real server on a real, small file system that fills up: it refuses in time and heals by itself."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from local_records import body_of, inference
from running import ROOT, Whimbrel

from desktop.running_app import RunningApp

MIB = 2**20
SIZE_MIB, PATIENCE_S = 400, 60


def can_mount() -> bool:
    """Whether this user may mount a file system of its own."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    trial = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not can_mount(), reason="Mounting a small file system needs root on Linux (unshare -m)."
)


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


def wait_for(say: Callable[[], Any]) -> Any:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if found := say():
            return found
        time.sleep(0.1)
    raise AssertionError("nothing came of it")


def post(app: RunningApp, *numbers: int) -> tuple[int, dict[str, Any]]:
    from webui.local.session_keys import cookie_for

    name, value = cookie_for(app.data_dir)
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    headers = {"Cookie": f"{name}={value}", "Origin": app.origin, "Content-Type": "application/json"}
    connection.request("POST", "/api/statistics", body_of(*map(inference, numbers)), headers)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def fill_up(folder: Path, leave: int) -> Path:
    """Somebody else's file that leaves so many bytes."""
    filler = folder / "somebody-elses-film"
    with filler.open("wb") as handle, suppress(OSError):  # with nothing left to leave: until it is full
        os.posix_fallocate(handle.fileno(), 0, max(MIB, shutil.disk_usage(folder).free - max(leave, MIB)))
        while shutil.disk_usage(folder).free > leave:
            handle.seek(0, os.SEEK_END)
            handle.write(bytes(4096))
            handle.flush()
    return filler


def test_it_refuses_in_time_gives_the_reserve_back_and_heals(data_dir: Path, tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    server = OnSmallDisk(place)
    server.start()
    try:
        app = RunningApp(server.port, server.folder)

        def memory() -> str:
            return str(app.call("GET", "/api/session")["memory"]["state"])

        reserve = server.folder / "reserve"
        assert wait_for(reserve.exists)
        assert reserve.stat().st_blocks * 512 >= 32 * MIB
        assert post(app, 1, 2)[0] == 200
        assert memory() == "well"

        filler = fill_up(server.folder, 100 * MIB)
        status, problem = post(app, 3)
        assert (status, problem["type"]) == (507, "urn:whimbrel:problem:disk-full")
        assert memory() == "full"
        assert reserve.exists(), "there is room to tidy up as yet"

        filler.unlink()
        filler = fill_up(server.folder, 0)
        wait_for(lambda: not reserve.exists())
        assert app.call("PATCH", "/api/settings", {"theme": "dark"})["theme"] == "dark"

        filler.unlink()
        wait_for(lambda: memory() == "well")
        assert reserve.stat().st_blocks * 512 >= 32 * MIB
        assert post(app, 3, 4) == (200, {"accepted": 2, "duplicate": 0, "rejected": []})
        pictures = app.call("GET", "/api/pictures")["pictures"]
        assert {card["picture"]["fileName"] for card in pictures} == {f"IMG_{n:04}.jpg" for n in (1, 2, 3, 4)}
        assert server.stop() == 0
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
