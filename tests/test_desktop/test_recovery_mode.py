"""A damaged memory and the real program: it starts, asks, does what is chosen, and opens as usual."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from command_line import whimbrel
from local_records import HandClock, body_of, inference, send
from rotting import rot
from running import Whimbrel, running

from store.local import folder as data_folder
from store.local.folder import FILE_NAME
from store.local.opening import open_store

PATIENCE_S = 60


def wreck(file: Path) -> None:
    """Two pages in the middle, as a failing disk does."""
    with file.open("rb+") as handle:
        handle.seek(file.stat().st_size // 2 // 4096 * 4096)
        handle.write(b"\xde\xad\xbe\xef" * 2048)


def fill(folder: Path, first: int, count: int) -> None:
    store = open_store(folder, HandClock())
    send(store.statistics, *(inference(first + number) for number in range(count)))
    store.close()


@pytest.fixture
def damaged(data_dir: Path) -> Path:
    """A prepared folder with 200 records in a backup and 100 more in the file, which a kill found damaged."""
    fill(data_dir, 0, 200)
    store = open_store(data_dir, HandClock())
    store.backups.make("daily")
    store.close()
    fill(data_dir, 200, 100)
    wreck(data_dir / FILE_NAME)
    data_folder.enter(data_dir)
    return data_dir


@contextmanager
def client_of(app: Whimbrel) -> Iterator[httpx.Client]:
    """A browser that came in by the printed link."""
    with httpx.Client(base_url=app.origin, timeout=20, trust_env=False) as client:
        assert client.get(app.link.removeprefix(app.origin)).status_code == 200
        client.headers.update({"Origin": app.origin, "Sec-Fetch-Site": "same-origin"})
        client.headers["Content-Type"] = "application/json"
        yield client


def wait_for(say: Callable[[], Any]) -> Any:
    """What is said once it is something; a real process has no clock of ours."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if found := say():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came of it")


def in_phase(client: httpx.Client, phase: str) -> Callable[[], Any]:
    def look() -> Any:
        state = client.get("/api/recovery").json()
        return state if state["phase"] == phase and not state["looking"] else None

    return look


def opened(client: httpx.Client) -> Callable[[], Any]:
    return lambda: client.get("/api/session").status_code == 200


def count(app: Whimbrel) -> int:
    return int(app.rows("SELECT count(*) FROM record")[0][0])


def test_it_starts_asks_and_restores(damaged: Path) -> None:
    with running(damaged) as app, client_of(app) as client:
        assert app.output[-1].startswith("Whimbrel's memory was damaged; choose what becomes of it: http")
        assert client.get("/readyz").status_code == 503
        refused = client.post("/api/statistics", content=body_of(inference(999)))
        assert refused.status_code == 503
        assert refused.json()["type"] == "urn:whimbrel:problem:recovering"
        state = wait_for(in_phase(client, "choose"))
        assert state["backup"]["records"] == 200
        assert state["backup"]["missing"] == "About 100 later records would be missing."
        (aside,) = damaged.glob("damaged-*")
        assert str(aside) in state["happened"]["advice"]
        assert client.post("/api/recovery/open", json={}).status_code == 409
        before = (aside / FILE_NAME).read_bytes()
        assert client.post("/api/recovery", json={"way": "restore"}).status_code == 202
        state = wait_for(in_phase(client, "done"))
        assert "with 200 records is in place" in state["outcome"]
        assert client.post("/api/recovery/open", json={}).status_code == 202
        wait_for(opened(client))
        assert client.get("/api/recovery").status_code == 404
        sent = client.post("/api/statistics", content=body_of(inference(999)))
        assert sent.json()["accepted"] == 1
        assert count(app) == 201
        assert (aside / FILE_NAME).read_bytes() == before
    with running(damaged) as again:
        assert again.output[-1].startswith("Whimbrel is ready")
        assert count(again) == 201


def test_what_can_be_read_is_salvaged(damaged: Path) -> None:
    with running(damaged) as app, client_of(app) as client:
        assert client.post("/api/recovery", json={"way": "salvage"}).status_code == 202
        state = wait_for(in_phase(client, "done"))
        assert "records came over" in state["outcome"]
        client.post("/api/recovery/open", json={})
        wait_for(opened(client))
        assert 250 < count(app) <= 300
        assert state["outcome"].startswith(str(count(app)))
        assert client.get("/api/models").json()["active"], "the model is still at work"


def test_a_backup_that_finds_changed_words_opens_the_recovery(data_dir: Path) -> None:
    """The program had ended well, so nothing was checked at the start."""
    fill(data_dir, 0, 40)
    store = open_store(data_dir, HandClock())
    good = store.backups.make("daily")
    store.close()
    rot(data_dir / FILE_NAME)
    with running(data_dir) as app, client_of(app) as client:
        assert app.output[-1].startswith("Whimbrel is ready")
        assert client.post("/api/backups", json={}).status_code >= 400
        state = wait_for(
            lambda: client.get("/api/recovery").status_code == 200 and in_phase(client, "choose")()
        )
        assert state["backup"]["records"] == 40
        assert list((data_dir / "backups").iterdir()) == [good]
        assert "is not what it was" in (data_dir / "recovery.json").read_text()


def test_without_a_choice_it_asks_again_at_the_next_start(damaged: Path) -> None:
    for _ in range(2):
        with running(damaged) as app, client_of(app) as client:
            assert wait_for(in_phase(client, "choose"))["backup"]
    assert not (damaged / FILE_NAME).exists()


def test_a_second_start_hands_over_during_the_recovery(damaged: Path) -> None:
    with running(damaged):
        done = whimbrel("serve", "--no-browser", "--data-dir", damaged)
        assert (done.returncode, done.stderr) == (0, "")
        assert "already running on this data folder: http" in done.stdout


def test_without_the_cookie_nothing_is_told(damaged: Path) -> None:
    with running(damaged) as app:
        for path in ("/api/recovery", "/", "/recovery", "/api/session"):
            assert httpx.get(app.origin + path, trust_env=False).status_code == 401, path


def test_damage_that_is_met_while_it_runs_leads_to_the_recovery(data_dir: Path) -> None:
    """The pages rot under a running program; the next look at them finds it, and nothing is overwritten."""
    fill(data_dir, 0, 900)
    with running(data_dir) as app, client_of(app) as client:
        wreck(data_dir / FILE_NAME)
        file = data_dir / FILE_NAME
        broken = file.read_bytes()
        with suppress(httpx.RemoteProtocolError):  # an export that meets it ends in the middle
            client.get("/api/export/training-data", timeout=60)
        wait_for(lambda: client.get("/api/recovery").status_code == 200)
        (aside,) = data_dir.glob("damaged-*")
        assert (aside / FILE_NAME).read_bytes() == broken
        assert not file.exists()


def test_a_newer_memory_is_shown_and_not_changed(data_dir: Path) -> None:
    fill(data_dir, 0, 5)
    store = open_store(data_dir, HandClock())
    store.database.submit(
        lambda db: db.execute_sql("INSERT INTO migration VALUES (999, 'from the future', 0)")
    ).result()
    store.close()
    before = (data_dir / FILE_NAME).read_bytes()
    with running(data_dir) as app, client_of(app) as client:
        memory = client.get("/api/session").json()["memory"]
        assert memory["state"] == "read-only"
        assert "newer Whimbrel" in memory["sentence"]
        assert len(client.get("/api/pictures").json()["pictures"]) == 5
        assert len(client.get("/api/export/training-data").json()["statistics"]) == 5
        refused = client.post("/api/statistics", content=body_of(inference(999)))
        assert refused.status_code == 409
        assert "newer Whimbrel" in json.loads(refused.content)["detail"]
        assert client.patch("/api/settings", json={"theme": "dark"}).status_code == 409
        second = whimbrel("serve", "--no-browser", "--data-dir", data_dir)
        assert second.returncode == 0
    assert (data_dir / FILE_NAME).read_bytes() == before
