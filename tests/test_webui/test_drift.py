"""Asking for a training as the seed does, what was decided, and pictures to be checked, over HTTP."""

from __future__ import annotations

import httpx
import pytest
from local_records import WEBP, base64_text, inference, said, send, uuid
from serving import Served
from training_world import TrainingWorld, fill

SEED = {"minDataPoints": 1000, "confidenceThreshold": 0.8}


@pytest.fixture
def world(served: Served) -> TrainingWorld:
    """The served memory, with 120 pictures to learn from."""
    world = TrainingWorld(served.data_dir, served.store, served.models, served.trainer)
    fill(world)
    return world


def test_the_body_of_the_seed_is_answered_with_why_not(page: httpx.Client, world: TrainingWorld) -> None:
    answer = page.post("/api/retrain/trigger", json=SEED)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["started"], found["dataPoints"], found["minDataPoints"]) == (False, 120, 1000)
    assert found["sentence"].endswith("120 pictures have been checked that surely, and 1,000 are needed.")
    assert found["advice"]
    [decision] = page.get("/api/retrain/decisions").json()["decisions"]
    assert decision == found["decision"]
    assert (decision["cause"], decision["decision"], decision["runId"]) == ("asked", "refused", None)


def test_pictures_are_counted_once_and_from_the_confidence_on(
    page: httpx.Client, served: Served, world: TrainingWorld
) -> None:
    unsure = {"isCorrect": False, "correctedLabel": "knot", "confidence": 0.7}
    send(served.store.statistics, said(901, about=0, userFeedback=unsure), said(903, about=2))
    counts = {
        least: page.post("/api/retrain/trigger", json=SEED | {"confidenceThreshold": least}).json()[
            "dataPoints"
        ]
        for least in (0, 0.7, 0.71, 1)
    }
    assert counts == {0: 120, 0.7: 120, 0.71: 119, 1: 119}


def test_enough_begins_a_run_that_learns_from_these_alone(
    page: httpx.Client, served: Served, world: TrainingWorld
) -> None:
    unsure = {"isCorrect": False, "correctedLabel": "knot", "confidence": 0.7}
    send(served.store.statistics, said(901, about=0, userFeedback=unsure))
    found = page.post("/api/retrain/trigger", json={"minDataPoints": 119, "confidenceThreshold": 0.8}).json()
    assert found["started"]
    assert found["run"]["options"]["leastConfidence"] == 0.8
    served.trainer.wait()
    run = page.get(f"/api/training/runs/{found['run']['id']}").json()
    assert run["state"] == "done"
    pictures = page.get(f"/api/models/{run['version']}/pictures", params={"limit": 200}).json()["pictures"]
    assert len(pictures) == 119


def test_what_there_is_now_is_told_with_the_limits(page: httpx.Client, world: TrainingWorld) -> None:
    page.patch("/api/settings", json={"retrainDataPoints": 120})
    found = page.get("/api/retrain/decisions").json()
    assert found["decisions"] == []
    assert found["evidence"]["newPictures"] == 120
    assert found["limits"]["dataPoints"] == 120
    assert found["causes"] == ["data"]


@pytest.mark.parametrize(
    "body", [{"minDataPoints": 0}, {"confidenceThreshold": 1.1}, {"minDataPoints": "many"}, {"other": 1}]
)
def test_a_wrong_body_is_refused(page: httpx.Client, body: dict[str, object]) -> None:
    assert page.post("/api/retrain/trigger", json=body).status_code == 422


def test_pictures_are_checked_without_their_answer(page: httpx.Client, served: Served) -> None:
    page.patch("/api/settings", json={"auditShare": 1})
    for number in (1, 2):
        send(served.store.statistics, inference(number, thumbnail=base64_text(WEBP)))
    queue = page.get("/api/audit/next").json()
    assert (queue["picture"]["id"], queue["waiting"]) == (uuid(1), 2)
    assert "tabby" not in page.get("/api/audit/next").text
    assert page.get(f"/api/pictures/{queue['picture']['sha256']}/thumbnail").content == WEBP
    send(served.store.statistics, said(5, about=1))
    queue = page.post(f"/api/audit/{uuid(1)}", json={"state": "answered"}).json()
    assert (queue["picture"]["id"], queue["waiting"]) == (uuid(2), 1)
    figure = page.get("/api/metrics/performance?window=all").json()["accuracy"]["audited"]
    assert (figure["value"], figure["n"]) == (0.0, 1)
    for unknown in (uuid(77), "nonsense"):
        assert page.post(f"/api/audit/{unknown}", json={"state": "skipped"}).status_code == 404
    assert page.post(f"/api/audit/{uuid(2)}", json={"state": "else"}).status_code == 422
