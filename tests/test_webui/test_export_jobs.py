"""`POST /api/exports`: files that are whole or not there, told while they grow, and cancelled."""

from __future__ import annotations

import errno
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from local_records import inference, said, send
from serving import Served, serving

from store.clock import SystemClock
from store.export.filters import Filters
from store.export.training_exports import Form, TrainingExports
from store.local.database import Database
from webui.local.export_jobs import MOST_WAITING, NAME

TIMEOUT_S = 30


class Steered(TrainingExports):
    """The real exports, whose every sign of progress waits for the test's word."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SystemClock())
        self.working = threading.Event()
        self.go_on = threading.Event()
        self.failing: OSError | None = None

    def save(
        self,
        form: Form,
        filters: Filters,
        target: Path,
        *,
        gzip: bool = False,
        replace: bool = False,
        progress: Callable[[float], None] = lambda _: None,
    ) -> int:
        def steered(done: float) -> None:
            self.working.set()
            assert self.go_on.wait(TIMEOUT_S)
            if self.failing is not None:
                raise self.failing
            progress(done)

        return super().save(form, filters, target, gzip=gzip, replace=replace, progress=steered)


@contextmanager
def steered_by(tmp_path: Path, static_dir: Path) -> Iterator[tuple[Served, httpx.Client, Steered]]:
    """A server with three answers, the second of them corrected, whose exports are steered."""
    (tmp_path / "data").mkdir()
    made: list[Steered] = []

    def steer(services: Any) -> Any:
        made.append(Steered(services.saved_exports._database))
        return replace(services, saved_exports=made[0])

    with serving(tmp_path / "data", static_dir, change=steer) as served, served.page() as page:
        send(served.store.statistics, *(inference(number) for number in (1, 2, 3)), said(9, about=2))
        try:
            yield served, page, made[0]
        finally:
            made[0].go_on.set()


def follow(served: Served, page: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it has ended."""
    ended = threading.Event()
    with served.page() as other, other.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        next(lines)  # connected: from here on nothing is missed
        while (job := page.get(f"/api/jobs/{job['id']}").json())["state"] == "working":
            next(line for line in lines if line.startswith("data: ") and job["id"] in line)
    ended.set()
    return job


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def started(page: httpx.Client, **body: object) -> dict[str, Any]:
    answer = page.post("/api/exports", json=body)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert (job["kind"], job["state"]) == ("export", "working")
    return job


@pytest.fixture
def filled(served: Served, page: httpx.Client) -> httpx.Client:
    send(served.store.statistics, *(inference(number) for number in (1, 2, 3)), said(9, about=2))
    return page


def test_a_file_in_the_downloads(served: Served, filled: httpx.Client) -> None:
    job = follow(served, filled, started(filled, format="csv"))
    path = Path(job["path"])
    assert (job["state"], job["records"], job["progress"], job["secondsLeft"]) == ("done", 3, 1.0, None)
    assert job["sentence"] == f"Saved as {path.name} in downloads."
    assert path.parent == served.services.downloads
    assert path.name.startswith(f"{NAME}-20")
    assert path.read_bytes().count(b"\r\n") == 4


def test_a_second_one_of_the_day_gets_a_name_of_its_own(served: Served, filled: httpx.Client) -> None:
    paths = [follow(served, filled, started(filled, format="jsonl"))["path"] for _ in range(3)]
    assert [Path(path).name[-10:] for path in paths][1:] == [" (2).jsonl", " (3).jsonl"]
    assert len(files(served.services.downloads)) == 3


def test_filters_folder_and_compression(served: Served, filled: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    filters = {"onlyCorrected": True, "mark": "wrong", "backend": "wasm", "sessionId": "s1"}
    body = {"format": "json", "filters": filters, "gzip": True, "folder": str(tmp_path / "mine")}
    job = follow(served, filled, started(filled, **body))
    document = json.loads(gzip.decompress(Path(job["path"]).read_bytes()))
    assert [record["label"] for record in document["statistics"]] == ["wolf"]
    assert files(tmp_path / "mine") == [Path(job["path"]).name]
    nothing = follow(served, filled, started(filled, format="json", filters={"backend": "webgl"}))
    assert nothing["records"] == 0


def test_the_very_file_takes_the_place_of_one(filled: httpx.Client, served: Served, tmp_path: Path) -> None:
    chosen = tmp_path / "mine of today.csv"
    chosen.write_text("of another day")
    job = follow(served, filled, started(filled, format="csv", path=str(chosen)))
    assert (job["path"], job["sentence"]) == (str(chosen), f"Saved as {chosen.name} in {tmp_path.name}.")
    assert chosen.read_bytes().count(b"\r\n") == 4
    assert not served.services.downloads.exists()


def test_shards_are_a_folder(served: Served, filled: httpx.Client) -> None:
    job = follow(served, filled, started(filled, format="tfrecord"))
    assert files(Path(job["path"])) == ["label_map.txt", "whimbrel-00000-of-00001.tfrecord"]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"format": "xml"}, 422, "format"),
        ({}, 422, "format"),
        ({"format": "csv", "filters": {"lable": "fox"}}, 422, "lable"),
        ({"format": "csv", "filters": {"minConfidence": 2}}, 422, "minConfidence"),
        ({"format": "csv", "filters": {"mark": "wrong", "includeUserFeedback": False}}, 422, "mark"),
        ({"format": "csv", "folder": "/no/such/folder"}, 422, "/no/such/folder"),
        ({"format": "csv", "folder": "here"}, 422, "here"),
        ({"format": "csv", "path": "/no/such/folder/a.csv"}, 422, "/no/such/folder"),
        ({"format": "csv", "path": "a.csv"}, 422, "There is no folder"),
        ({"format": "tfrecord", "path": "/shards"}, 422, "folder"),
    ],
)
def test_what_can_not_be_is_said(page: httpx.Client, body: dict[str, Any], status: int, named: str) -> None:
    answer = page.post("/api/exports", json=body)
    assert (answer.status_code, named in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize("form", ["csv", "tfrecord"])
def test_cancelling_leaves_nothing(tmp_path: Path, static_dir: Path, form: str) -> None:
    with steered_by(tmp_path, static_dir) as (served, page, steered):
        job = started(page, format=form)
        assert steered.working.wait(TIMEOUT_S)
        [part] = files(served.services.downloads)
        assert part.endswith(".partial")
        asked = page.delete(f"/api/jobs/{job['id']}")
        assert (asked.status_code, asked.json()["state"]) == (200, "working")
        steered.go_on.set()
        ended = follow(served, page, job)
        assert (ended["state"], ended["sentence"], ended["path"]) == ("cancelled", "Cancelled.", None)
        assert files(served.services.downloads) == []
        again = page.delete(f"/api/jobs/{job['id']}").json()
        assert again == ended
        assert follow(served, page, started(page, format=form))["state"] == "done"


def test_one_after_another_and_no_more_than_so_many(tmp_path: Path, static_dir: Path) -> None:
    with steered_by(tmp_path, static_dir) as (served, page, steered):
        jobs = [started(page, format="csv") for _ in range(MOST_WAITING)]
        refused = page.post("/api/exports", json={"format": "csv"})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert steered.working.wait(TIMEOUT_S)
        assert len(files(served.services.downloads)) == 1
        waiting = page.delete(f"/api/jobs/{jobs[-1]['id']}").json()
        assert waiting["state"] == "cancelled"  # at once: its turn has not come
        steered.go_on.set()
        ended = [follow(served, page, job) for job in jobs]
        assert [job["state"] for job in ended] == ["done"] * (MOST_WAITING - 1) + ["cancelled"]
        assert len(files(served.services.downloads)) == MOST_WAITING - 1


def test_closing_leaves_no_part(tmp_path: Path, static_dir: Path) -> None:
    with steered_by(tmp_path, static_dir) as (served, page, steered):
        started(page, format="csv")
        assert steered.working.wait(TIMEOUT_S)
        folder = served.services.downloads
        served.application.close()
        running = [thread for thread in threading.enumerate() if thread.name.startswith("whimbrel-exports")]
        assert len(running) == 1
        steered.go_on.set()
        running[0].join(TIMEOUT_S)
    assert files(folder) == []


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, static_dir: Path) -> None:
    with steered_by(tmp_path, static_dir) as (served, page, steered):
        steered.failing = OSError(errno.ENOSPC, "No space left on device")
        steered.go_on.set()
        job = follow(served, page, started(page, format="csv"))
        assert (job["state"], job["sentence"]) == ("failed", "The disk has no room for the export.")
        assert "Free some space" in job["advice"]
        assert files(served.services.downloads) == []


def test_what_a_kill_left_goes_with_the_next_start(served: Served, filled: httpx.Client) -> None:
    folder = served.services.downloads
    folder.mkdir()
    dead = 2**22 + 7  # above Linux' greatest process id
    for name in (f".{NAME}-2026-11-01.csv.{dead}.partial", f".holiday.jpg.{dead}.partial"):
        (folder / name).write_bytes(b"half")
    (folder / f".{NAME}-2026-11-02.{dead}.partial").mkdir()
    (folder / f".{NAME}-2026-11-02.1.partial").write_bytes(b"another process is writing this")
    follow(served, filled, started(filled, format="csv"))
    left = [name for name in files(folder) if name.endswith(".partial")]
    assert left == [f".holiday.jpg.{dead}.partial", f".{NAME}-2026-11-02.1.partial"]


def test_what_is_left_is_told_by_the_pace() -> None:
    from webui.local.export_jobs import ExportJobs

    told: list[dict[str, object]] = []

    class Ear:
        def go_on(self) -> None:
            pass

        def tell(self, **changes: object) -> None:
            told.append(changes)

    class Seconds:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

        def now_ms(self) -> int:
            return 0

    clock = Seconds()
    jobs = ExportJobs.__new__(ExportJobs)
    jobs._clock = clock
    tell = jobs._told(Ear())  # type: ignore[arg-type]  # all that it needs
    tell(0.0)
    for step in range(1, 101):
        clock.now = step / 50
        tell(step / 200)
    assert [round(float(each["progress"]), 2) for each in told[:3]] == [0.0, 0.07, 0.13]  # type: ignore[arg-type]
    assert len(told) < 10
    assert told[0]["seconds_left"] is None
    assert told[-1]["seconds_left"] == pytest.approx(2.0, rel=0.1)


def test_the_preview_counts_and_reckons(served: Served, filled: httpx.Client) -> None:
    seen = filled.post("/api/exports/preview", json={"filters": {"onlyCorrected": True}}).json()
    assert (seen["records"], seen["exact"]) == (1, True)
    for batch in range(8):
        send(served.store.statistics, *(inference(1000 * (batch + 1) + each) for each in range(700)))
    many = filled.post("/api/exports/preview", json={}).json()
    assert many["exact"] is False
    assert many["records"] == pytest.approx(5603, rel=0.01)
    assert many["seconds"] > 0
    assert filled.post("/api/exports/preview", json={"filters": {"label": ""}}).status_code == 422


def test_strangers_start_and_stop_nothing(stranger: httpx.Client) -> None:
    assert stranger.post("/api/exports", json={"format": "csv"}).status_code in (401, 403)
    assert stranger.delete("/api/jobs/x").status_code in (401, 403)


def test_no_such_job(page: httpx.Client) -> None:
    assert page.delete("/api/jobs/x").status_code == 404
