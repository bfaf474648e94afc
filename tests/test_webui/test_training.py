"""Training over HTTP: begun, followed, cancelled; what did not pass its checks is put to work only anyway."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import Served
from training_parent import hanging
from training_world import TrainingWorld, fill

from store.events import ModelVersion
from store.models.training_component import VARIABLE
from store.models.version_names import version_id


@pytest.fixture
def world(served: Served) -> TrainingWorld:
    """The served memory, with enough to learn from."""
    world = TrainingWorld(served.data_dir, served.store, served.models, served.trainer)
    fill(world)
    return world


def finished(page: httpx.Client, served: Served, run_id: str) -> dict[str, Any]:
    served.trainer.wait()
    found: dict[str, Any] = page.get(f"/api/training/runs/{run_id}").json()
    return found


def test_a_training_is_begun_and_followed_to_its_version(
    page: httpx.Client, served: Served, world: TrainingWorld
) -> None:
    answer = page.post("/api/training", json={"mode": "head", "labelMode": "mine", "options": {"seed": 3}})
    assert answer.status_code == 202
    run = finished(page, served, answer.json()["id"])
    assert (run["state"], run["stage"], run["progress"]) == ("done", "register", 1.0)
    assert page.get("/api/training/runs").json() == {"runs": [run]}
    versions = {version["id"]: version for version in page.get("/api/models").json()["versions"]}
    made = versions[run["version"]]
    assert (made["state"], made["made"], made["parentId"]) == ("candidate", "trained", run["parentVersion"])
    assert made["metrics"]["run"] == run["id"]
    assert page.post(f"/api/models/{made['id']}/activate", json={"anyway": True}).json()["state"] == "active"


def test_pages_hear_how_it_is_doing(page: httpx.Client, served: Served, world: TrainingWorld) -> None:
    with served.page() as other, other.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line == "event: model")
        run_id = page.post("/api/training", json={}).json()["id"]
        heard = []
        for line in lines:
            if line == "event: training":
                heard.append(json.loads(next(lines).removeprefix("data: ")))
                if heard[-1]["state"] == "done":
                    break
    assert {run["id"] for run in heard} == {run_id}
    assert [run["state"] for run in heard][-2:] == ["running", "done"]
    assert heard[-1]["version"] is not None


def test_a_second_one_is_refused_and_the_first_can_be_cancelled(
    page: httpx.Client, served: Served, world: TrainingWorld
) -> None:
    served.trainer._parts = replace(served.trainer._parts, command=hanging("fit"))
    run = page.post("/api/training", json={}).json()
    refused = page.post("/api/training", json={})
    assert (refused.status_code, refused.json()["title"]) == (409, "Not possible at the moment")
    assert refused.json()["detail"].startswith("Whimbrel is learning already.")
    assert page.post(f"/api/training/runs/{run['id']}/cancel", json={}).status_code == 200
    assert finished(page, served, run["id"])["state"] == "cancelled"


def test_too_few_pictures_are_refused_with_what_is_missing(page: httpx.Client, served: Served) -> None:
    served.models.registry.activate(served.models.make("Base").id)
    refused = page.post("/api/training", json={})
    assert refused.status_code == 409
    assert refused.json()["detail"].endswith("Correct or confirm at least 8 pictures of two labels.")
    assert page.get("/api/training/runs").json() == {"runs": []}


@pytest.mark.parametrize("mode", ["fine-tune", "full"])
def test_without_tensorflow_what_needs_it_is_refused(
    page: httpx.Client, monkeypatch: pytest.MonkeyPatch, mode: str, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "no python"))
    refused = page.post("/api/training", json={"mode": mode})
    assert refused.status_code == 409
    assert "training component, which is not installed. Install it with `whimbrel" in refused.json()["detail"]


def test_without_a_model_nothing_can_be_learned(page: httpx.Client) -> None:
    assert "no model at work" in page.post("/api/training", json={}).json()["detail"]


def test_runs_that_there_were_not(page: httpx.Client) -> None:
    assert page.get("/api/training/runs/nonsense").status_code == 404
    assert page.post("/api/training/runs/nonsense/cancel", json={}).status_code == 404


def candidate(served: Served, gates: list[dict[str, Any]]) -> ModelVersion:
    """A version in the registry with these gates."""
    base = served.models.make("Base")
    version = served.models.make("Candidate", ("wolf", "dog", "fox"))
    assert base.id != version.id
    with_gates = {"metrics": {"gates": gates}, "id": version_id("Judged", "b", str(len(gates)))}
    judged = ModelVersion(**{f: getattr(version, f) for f in version.__struct_fields__} | with_gates)
    served.store.model_versions.insert(judged)
    return judged


PASSED = {"name": "files", "passed": True, "sentence": "All is well."}
FAILED = {"name": "accuracy", "passed": False, "sentence": "It is right for 4 % fewer pictures."}
UNKNOWN = {"name": "classes", "passed": None, "sentence": "Too few pictures to know."}


@pytest.mark.parametrize(
    ("gates", "said"),
    [([PASSED, UNKNOWN, FAILED], FAILED), ([PASSED, UNKNOWN], UNKNOWN)],
)
def test_a_version_that_did_not_pass_is_put_to_work_only_anyway(
    page: httpx.Client, served: Served, gates: list[dict[str, Any]], said: dict[str, Any]
) -> None:
    judged = candidate(served, gates)
    refused = page.post(f"/api/models/{judged.id}/activate", json={})
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith(said["sentence"])
    assert served.models.registry.active() is None
    assert page.post(f"/api/models/{judged.id}/activate", json={"anyway": True}).status_code == 200


def test_a_version_that_passed_is_put_to_work(page: httpx.Client, served: Served) -> None:
    judged = candidate(served, [PASSED])
    assert page.post(f"/api/models/{judged.id}/activate", json={}).status_code == 200


def test_going_back_does_not_ask_again(page: httpx.Client, served: Served) -> None:
    judged = candidate(served, [FAILED])
    served.models.registry.activate(judged.id, anyway=True)
    served.models.registry.activate(served.models.make("Next").id)
    assert page.post("/api/models/rollback", json={}).json()["id"] == judged.id
