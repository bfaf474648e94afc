"""The program ends, or is killed, in the middle of an export: nothing of it stays for long."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from past_pictures import fill_past
from running import Whimbrel, running

from webui.local.export_jobs import NAME
from webui.local.session_keys import cookie_for

COUNT = 6_000


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program saves exports, as XDG says it."""
    folder = tmp_path / "Downloads"
    folder.mkdir()
    monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(folder))
    return folder


def client_of(app: Whimbrel) -> httpx.Client:
    name, value = cookie_for(app.data_dir)
    return httpx.Client(
        base_url=app.origin,
        cookies={name: value},
        headers={"Origin": app.origin},
        timeout=30,
        trust_env=False,
    )


def exporting(client: httpx.Client) -> str:
    """The id of an export that has begun."""
    job = client.post("/api/exports", json={"format": "tfrecord", "gzip": True}).json()
    until(lambda: client.get(f"/api/jobs/{job['id']}").json()["progress"])
    return str(job["id"])


def until(true: Callable[[], object]) -> None:
    while not true():
        pass


def parts(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".partial")]


def test_closing_the_program_leaves_nothing(data_dir: Path, downloads: Path) -> None:
    fill_past(data_dir, COUNT)
    with running(data_dir) as app, client_of(app) as client:
        exporting(client)
        assert len(parts(downloads)) == 1
        assert app.stop(signal.SIGTERM) == 0
    assert list(downloads.iterdir()) == []


def test_what_a_kill_left_goes_with_the_next_export(data_dir: Path, downloads: Path) -> None:
    fill_past(data_dir, COUNT)
    with running(data_dir) as app, client_of(app) as client:
        exporting(client)
        app.stop(signal.SIGKILL)
    [left] = parts(downloads)
    with running(data_dir) as app, client_of(app) as client:
        job = client.post("/api/exports", json={"format": "csv"}).json()
        until(lambda: client.get(f"/api/jobs/{job['id']}").json()["state"] != "working")
    names = [path.name for path in downloads.iterdir()]
    assert left not in names
    assert len(names) == 1
    assert names[0].startswith(NAME)
