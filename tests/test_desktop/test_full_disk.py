"""The real server on a real, small file system that fills up: it refuses in time and heals by itself."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_records import body_of, inference
from small_disk import MIB, OnSmallDisk, can_mount, fill_up

from desktop.running_app import RunningApp

PATIENCE_S = 60

pytestmark = pytest.mark.skipif(
    not can_mount(), reason="Mounting a small file system needs root on Linux (unshare -m)."
)


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
        # A model that can't be written any more gives its room back, and the disk is not as full as it was.
        assert wait_for(lambda: app.call("GET", "/api/session")["modelStatus"]["state"] == "ready")
        assert reserve.stat().st_blocks * 512 >= 32 * MIB
        assert post(app, 1, 2)[0] == 200
        assert memory() == "well"

        filler = fill_up(server.folder, 100 * MIB)
        status, problem = post(app, 3)
        assert (status, problem["type"]) == (507, "urn:whimbrel:problem:disk-full")
        assert memory() == "full"
        assert reserve.exists(), "there is room to tidy up as yet"

        another = fill_up(server.folder, 0)
        wait_for(lambda: not reserve.exists())
        assert app.call("PATCH", "/api/settings", {"theme": "dark"})["theme"] == "dark"

        filler.unlink()
        another.unlink()
        wait_for(lambda: memory() == "well")
        assert reserve.stat().st_blocks * 512 >= 32 * MIB
        assert post(app, 3, 4) == (200, {"accepted": 2, "duplicate": 0, "rejected": []})
        pictures = app.call("GET", "/api/pictures")["pictures"]
        assert {card["picture"]["fileName"] for card in pictures} == {f"IMG_{n:04}.jpg" for n in (1, 2, 3, 4)}
        assert server.stop() == 0
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
