"""`POST /api/models/{id}/export` and `/compress`, on a real registry and a real memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import Served, serving

from store.events import ModelVersion
from store.models.export_forms import ExportOptions
from store.models.exporting import Exported
from store.models.training_component import VARIABLE
from store.publishing.service import Publishing

TIMEOUT_S = 60


class Steered(Publishing):
    """The real work, which waits at its first sign of progress for the test's word."""

    working = threading.Event()
    go_on = threading.Event()

    def export(
        self,
        version: ModelVersion,
        options: ExportOptions,
        folder: Path,
        progress: Callable[[str, float], None],
    ) -> Exported:
        def steered(sentence: str, done: float) -> None:
            self.working.set()
            assert self.go_on.wait(TIMEOUT_S)
            progress(sentence, done)

        return super().export(version, options, folder, steered)


@pytest.fixture
def steered(tmp_path: Path, static_dir: Path) -> Iterator[tuple[Served, Steered]]:
    made: list[Steered] = []

    def steer(services: Any) -> Any:
        given = services.publishing
        made.append(Steered(given._registry, given._insert, given._examples, given._names))
        return replace(services, publishing=made[0])

    with serving(tmp_path, static_dir, change=steer) as served:
        made[0].working.clear()
        made[0].go_on.clear()
        try:
            yield served, made[0]
        finally:
            made[0].go_on.set()


def ended(served: Served, page: httpx.Client, path: str, body: dict[str, object]) -> dict[str, Any]:
    """Starts a job and listens until it ends; its last state."""
    with served.page() as ear, ear.stream("GET", "/api/events") as stream:
        told = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        next(told)
        started = page.post(path, json=body)
        assert started.status_code == 202, started.text
        number = started.json()["id"]
        found: dict[str, Any] = next(
            job for job in told if job.get("id") == number and job["state"] != "working"
        )
    return found


def test_an_export_lies_among_the_downloads_and_never_over_another(
    served: Served, page: httpx.Client
) -> None:
    version = served.models.make("Shore")
    path = f"/api/models/{version.id}/export"
    first = ended(served, page, path, {"form": "tfjs"})
    second = ended(served, page, path, {"form": "tfjs", "quantise": "uint8", "prune": 0.2})
    assert (first["state"], first["kind"]) == ("done", "model-export"), first
    downloads = served.services.downloads
    assert [job["path"] for job in (first, second)] == [
        str(downloads / f"{version.id}-tfjs"),
        str(downloads / f"{version.id}-tfjs (2)"),
    ]
    assert "Same first answer as the version for 8 of 8 generated pictures." in first["sentence"]
    assert "Pruned: 20 %" in (Path(second["path"]) / "MODEL_CARD.md").read_text("utf-8")


def test_a_folder_with_something_in_it_is_left_alone(
    served: Served, page: httpx.Client, tmp_path: Path
) -> None:
    version = served.models.make("Shore")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    failed = ended(served, page, f"/api/models/{version.id}/export", {"folder": str(tmp_path / "mine")})
    assert failed["state"] == "failed"
    assert "is not an empty folder" in failed["sentence"]
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_who_cancels_finds_nothing(steered: tuple[Served, Steered]) -> None:
    served, work = steered
    version = served.models.make("Shore")
    with served.page() as page:
        job = page.post(f"/api/models/{version.id}/export", json={"form": "safetensors"}).json()
        assert work.working.wait(TIMEOUT_S)
        assert page.delete(f"/api/jobs/{job['id']}").status_code == 200
        work.go_on.set()
        while (job := page.get(f"/api/jobs/{job['id']}").json())["state"] == "working":
            pass
    assert (job["state"], job["sentence"]) == ("cancelled", "Cancelled.")
    assert list(served.services.downloads.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"form": "onnx"}, 422, "form"),
        ({"form": "tfjs", "prune": 0.95}, 422, "prune"),
        ({"form": "keras", "quantise": "uint8"}, 422, "keeps 32-bit weights"),
        ({"folder": "here"}, 422, "not the whole path"),
        ({"form": "keras"}, 422, "needs the training component, which is not installed"),
    ],
)
def test_what_cannot_be_exported_is_said_at_once(
    served: Served,
    page: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    body: dict[str, object],
    status: int,
    says: str,
) -> None:
    monkeypatch.setenv(VARIABLE, "nothing of that name")
    version = served.models.make("Shore")
    refused = page.post(f"/api/models/{version.id}/export", json=body)
    assert refused.status_code == status
    assert says in refused.json()["detail"]


def test_a_version_that_is_not_there(page: httpx.Client) -> None:
    assert page.post("/api/models/none/export", json={}).status_code == 404
    assert page.post("/api/models/none/compress", json={}).status_code == 404


def test_a_smaller_form_becomes_a_candidate_of_the_same_space(served: Served, page: httpx.Client) -> None:
    version = served.models.make("Shore")
    page.post(f"/api/models/{version.id}/activate", json={})
    done = ended(served, page, f"/api/models/{version.id}/compress", {"loss": 0})
    assert (done["state"], done["kind"]) == ("done", "compress"), done
    versions = {each["id"]: each for each in page.get("/api/models").json()["versions"]}
    smaller = versions[done["version"]]
    assert (smaller["state"], smaller["variant"], smaller["parentId"]) == ("candidate", "uint8", version.id)
    assert (smaller["spaceId"], smaller["headId"]) == (version.space_id, version.head_id)
    facts = smaller["metrics"]["compressed"]
    assert (facts["same"], facts["n"], facts["on"]) == (16, 16, "generated pictures")
    assert facts["size"]["gzipped"] < facts["sizeBefore"]["gzipped"]
    refused = page.post(f"/api/models/{smaller['id']}/activate", json={})
    assert refused.status_code == 409
    assert "No photographs were kept to try" in refused.json()["detail"]
    assert page.post(f"/api/models/{smaller['id']}/activate", json={"anyway": True}).status_code == 200
    assert page.get("/api/session").json()["model"]["variant"] == "uint8"
    assert page.post("/api/models/rollback", json={}).json()["id"] == version.id
