"""Model versions, their files, and bringing in new ones, on a real registry."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from handing_on import exported
from serving import Served, serving

from store.events import ModelVersion
from webui.local.model_jobs import MOST_WAITING
from webui.local.services import LocalServices, Progress


def listed(page: httpx.Client) -> tuple[str | None, dict[str, str]]:
    """The active id, and the state of every version."""
    answer = page.get("/api/models").json()
    return answer["active"], {version["id"]: version["state"] for version in answer["versions"]}


def follow(served: Served, page: httpx.Client, path: str, body: dict[str, object]) -> dict[str, Any]:
    """Starts a job and listens until it ends; its last state."""
    with served.page() as ear, ear.stream("GET", "/api/events") as stream:
        told = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        next(told)
        started = page.post(path, json=body)
        assert started.status_code == 202
        number = started.json()["id"]
        ended: dict[str, Any] = next(
            job for job in told if job.get("id") == number and job["state"] != "working"
        )
    assert page.get(f"/api/jobs/{number}").json() == ended
    return ended


def test_a_version_is_activated_and_the_session_says_so(served: Served, page: httpx.Client) -> None:
    first, second = served.models.make("First"), served.models.make("Second")
    assert listed(page) == (None, {first.id: "candidate", second.id: "candidate"})
    activated = page.post(f"/api/models/{first.id}/activate", json={}).json()
    assert (activated["id"], activated["state"]) == (first.id, "active")
    session = page.get("/api/session").json()
    assert session["model"] == activated["descriptor"] == served.models.registry.descriptor(first)
    assert session["modelStatus"]["state"] == "ready"
    assert page.post(f"/api/models/{second.id}/activate", json={}).status_code == 200
    assert listed(page) == (second.id, {first.id: "retired", second.id: "active"})


def test_rollback_goes_back_to_the_version_before(served: Served, page: httpx.Client) -> None:
    first, second = served.models.make("First"), served.models.make("Second")
    for version in (first, second):
        page.post(f"/api/models/{version.id}/activate", json={})
    assert page.get("/api/models").json()["before"] == first.id
    assert page.post("/api/models/rollback", json={}).json()["id"] == first.id
    assert listed(page)[0] == first.id


def test_nothing_to_go_back_to_is_said(page: httpx.Client) -> None:
    refused = page.post("/api/models/rollback", json={})
    assert refused.status_code == 422
    assert "no earlier model" in refused.json()["detail"]


def test_a_damaged_version_is_not_activated(served: Served, page: httpx.Client) -> None:
    version = served.models.make("Broken")
    weights = served.data_dir / "models" / version.head_id / "head.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff")
    refused = page.post(f"/api/models/{version.id}/activate", json={})
    assert (refused.status_code, refused.json()["title"]) == (422, "The model can't be used")
    assert listed(page)[0] is None


def test_an_activation_is_heard_by_every_page(served: Served, page: httpx.Client) -> None:
    version = served.models.make("Loud")
    with served.page() as other, other.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("data: ")).startswith('data: {"model":null')
        assert next(line for line in lines if line.startswith("data: ")).startswith('data: {"state":"well"')
        page.post(f"/api/models/{version.id}/activate", json={})
        assert next(line for line in lines if line.startswith("event: ")) == "event: model"
        assert f'"id":"{version.id}"' in next(lines)


def test_labels_that_the_model_knows_are_not_offered_as_typed(served: Served, page: httpx.Client) -> None:
    from local_records import inference, said

    records = [inference(1), said(2, about=1, label="wolf"), inference(3), said(4, about=3, label="marten")]
    page.post("/api/statistics", json={"sessionId": "s", "statistics": records})
    assert sorted(page.get("/api/labels").json()["labels"]) == ["marten", "wolf"]
    served.models.registry.activate(served.models.make("Wolves", ("Wolf", "dog")).id)
    assert page.get("/api/labels").json() == {"labels": ["marten"], "shared": []}


def test_every_file_that_the_page_needs_comes_whole_and_for_ever(served: Served, page: httpx.Client) -> None:
    version = served.models.make("Files")
    descriptor = served.models.registry.descriptor(version)
    backbone = (
        "backbone.json",
        "model.float32.json",
        "float32.bin",
        "float16.bin",
        "uint8.bin",
        "reference.json",
    )
    for url, names in (
        (descriptor["backboneUrl"], backbone),
        (descriptor["headUrl"], ("head.json", "head.safetensors")),
    ):
        for name in names:
            answer = page.get(f"{url}{name}")
            stored = served.data_dir / "models" / str(url).split("/")[2] / name
            assert hashlib.sha256(answer.content).digest() == hashlib.sha256(stored.read_bytes()).digest()
            assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
            media = "application/json" if name.endswith(".json") else "application/octet-stream"
            assert answer.headers["Content-Type"] == media
            tag = answer.headers["ETag"]
            assert page.get(f"{url}{name}", headers={"If-None-Match": tag}).status_code == 304


def test_a_broken_download_goes_on_where_it_stopped(served: Served, page: httpx.Client) -> None:
    url = f"{served.models.registry.descriptor(served.models.make('Range'))['backboneUrl']}float32.bin"
    whole = page.get(url)
    rest = page.get(url, headers={"Range": "bytes=1000-"})
    assert rest.status_code == 206
    assert whole.content[1000:] == rest.content
    assert page.head(url).headers["Content-Length"] == str(len(whole.content))


@pytest.mark.parametrize(
    "name", ["other.txt", "backbone.json.bak", "..", "%2e%2e", ".", "head.json/", "HEAD.JSON"]
)
def test_only_known_files_of_a_set_are_served(served: Served, page: httpx.Client, name: str) -> None:
    version = served.models.make("Known")
    folder = served.data_dir / "models" / version.head_id
    for extra in ("other.txt", "backbone.json.bak"):
        (folder / extra).write_text("not for the page")
    answer = page.get(f"/models/{version.head_id}/{name}")
    assert answer.status_code in (403, 404)
    assert "not for the page" not in answer.text


def test_the_starter_is_fetched_by_the_running_program(served: Served, page: httpx.Client) -> None:
    done = follow(served, page, "/api/models/fetch", {"name": "starter", "activate": True})
    assert (done["state"], done["progress"]) == ("done", 1.0)
    assert listed(page) == (done["version"], {done["version"]: "active"})


def test_a_file_that_is_no_model_is_said_by_the_job(
    served: Served, page: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7 dear reader")
    failed = follow(served, page, "/api/models/import", {"path": str(tmp_path / "letter.pdf")})
    assert failed["state"] == "failed"
    assert "PDF" in failed["sentence"]
    assert failed["advice"]
    assert listed(page) == (None, {})


def test_a_model_of_the_users_is_imported_with_its_labels(
    served: Served, page: httpx.Client, tmp_path: Path
) -> None:
    version = served.models.make("Theirs")
    exported(served.models.registry.folder, version, tmp_path / "theirs", "safetensors")
    (tmp_path / "names.txt").write_text("Waldkauz\nUhu\n")
    body: dict[str, object] = {
        "path": str(tmp_path / "theirs"),
        "labelsPath": str(tmp_path / "names.txt"),
        "activate": True,
    }
    done = follow(served, page, "/api/models/import", body)
    assert done["state"] == "done", done
    assert done["version"] != version.id
    assert listed(page)[0] == done["version"]
    head = page.get(f"{page.get('/api/session').json()['model']['headUrl']}head.json").json()
    assert [label["name"] for label in head["labels"]] == ["Waldkauz", "Uhu"]


@dataclass
class SlowSources:
    """Stands in for a download that takes as long as the test wants."""

    make: Callable[[str], ModelVersion]
    steps: int
    started: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    finished: bool = False

    def import_file(self, path: Path, labels: Path | None, progress: Progress) -> ModelVersion:
        raise ZeroDivisionError("hush")

    def fetch(self, name: str, alpha: float | None, progress: Progress) -> ModelVersion:
        for step in range(self.steps):
            progress("Downloading.", step / self.steps)
        progress("Checking.", 1.0)
        self.started.set()
        self.go_on.wait()
        progress("Writing.", 1.0)
        self.finished = True
        return self.make(name)


@pytest.fixture
def slow() -> Iterator[SlowSources]:
    """Tells a thousandth of progress at a time."""
    sources = SlowSources(pytest.fail, 1000)
    yield sources
    sources.go_on.set()


def with_sources(sources: SlowSources) -> Callable[[LocalServices], LocalServices]:
    return lambda services: replace(services, model_sources=sources)


def test_progress_is_told_while_it_works(tmp_path: Path, static_dir: Path, slow: SlowSources) -> None:
    (tmp_path / "data").mkdir()
    with (
        serving(tmp_path / "data", static_dir, change=with_sources(slow)) as served,
        served.page() as page,
        served.page() as other,
        other.stream("GET", "/api/events") as stream,
    ):
        slow.make = served.models.make
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        next(lines)
        job = page.post("/api/models/fetch", json={"name": "Slow", "activate": True}).json()
        told = [next(lines)]
        while "Checking." not in told[-1]:
            told.append(next(lines))
        assert page.get(f"/api/jobs/{job['id']}").json()["state"] == "working"
        slow.go_on.set()
        after = (line for line in lines if "Writing." not in line)
        rest = [next(after), next(after)]
    assert '"modelStatus":{"state":"ready"' in rest[0]
    assert '"state":"done"' in rest[1]


def test_closing_gives_up_what_runs(tmp_path: Path, static_dir: Path, slow: SlowSources) -> None:
    (tmp_path / "data").mkdir()
    with serving(tmp_path / "data", static_dir, change=with_sources(slow)) as served, served.page() as page:
        page.post("/api/models/fetch", json={"name": "x"})
        assert slow.started.wait(20)
    running = [thread for thread in threading.enumerate() if thread.name.startswith("whimbrel-models")]
    slow.go_on.set()
    for thread in running:
        thread.join(20)
    assert len(running) == 1
    assert not running[0].is_alive()
    assert not slow.finished


def test_too_many_jobs_are_refused_and_a_crash_in_one_is_told(
    tmp_path: Path, static_dir: Path, slow: SlowSources
) -> None:
    (tmp_path / "data").mkdir()
    with serving(tmp_path / "data", static_dir, change=with_sources(slow)) as served, served.page() as page:
        slow.make = served.models.make
        started = [page.post("/api/models/fetch", json={"name": "x"}) for _ in range(MOST_WAITING)]
        refused = page.post("/api/models/import", json={"path": "/x"})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        slow.go_on.set()
        while page.get(f"/api/jobs/{started[0].json()['id']}").json()["state"] == "working":
            pass  # until there is a place again
        crashed = follow(served, page, "/api/models/import", {"path": "/x"})  # the last in the row
        jobs = [page.get(f"/api/jobs/{each.json()['id']}").json() for each in started]
        assert [job["state"] for job in jobs] == ["done"] * MOST_WAITING
    assert crashed["state"] == "failed"
    assert "hush" not in crashed["sentence"] + crashed["advice"]
