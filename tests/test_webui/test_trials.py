"""Versions in the shadow and versions that a share of the sessions tries, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import numpy as np
import pytest
from example_world import encoded
from local_records import inference, said, uuid
from serving import Served

from store.local.learning.shadow import Shadow
from store.local.learning.version_checks import change_metrics
from store.models.head_set import load_head
from store.models.network import head_forward
from webui.local.sharing_out import in_trial

SESSIONS = [f"session {number}" for number in range(400)]


def two(served: Served, page: httpx.Client) -> tuple[str, str]:
    """The version at work, and another over the same backbone."""
    first, second = served.models.make("First"), served.models.make("Second")
    assert page.post(f"/api/models/{first.id}/activate", json={}).status_code == 200
    return first.id, second.id


def test_a_shadow_is_begun_judged_and_ended(served: Served, page: httpx.Client) -> None:
    first, second = two(served, page)
    begun = page.post(f"/api/models/{second}/shadow", json={"on": True}).json()
    assert (begun["id"], begun["state"]) == (second, "shadow")
    version = served.store.model_versions.get(second)
    assert version is not None
    values = np.random.default_rng(4).random(256)
    head = load_head(served.data_dir / "models", version.head_id)
    stored = values.astype("<f2").astype(np.float32)[None]
    shadow_says = head.labels[int(head_forward(head.layers, stored, 1.0, head.input).argmax())].name
    record = inference(1, modelVersion=first, spaceId=version.space_id, embedding=encoded(list(values)))
    page.post("/api/statistics", json={"sessionId": "s", "statistics": [record]})
    Shadow(served.store.database, served.store.model_versions, served.data_dir / "models").catch_up()
    word = said(2, about=1, label=shadow_says)
    page.post("/api/statistics", json={"sessionId": "s", "statistics": [word]})
    report = page.get(f"/api/models/{second}/shadow").json()
    assert (report["n"], report["agreement"]["value"]) == (1, 0.0)
    assert (report["activeAccuracy"]["value"], report["shadowAccuracy"]["value"]) == (0.0, 1.0)
    assert [(one["label"], one["shadowLabel"]) for one in report["differing"]] == [("tabby", shadow_says)]
    ended = page.post(f"/api/models/{second}/shadow", json={"on": False}).json()
    assert ended["state"] == "candidate"


def test_a_page_answers_for_a_version_over_another_backbone(served: Served, page: httpx.Client) -> None:
    first, second = two(served, page)
    answers = [
        {"inferenceId": uuid(number), "label": "wolf", "probability": 0.9, "ms": 60} for number in (1, 7)
    ]
    address = f"/api/models/{second}/shadow/answers"
    assert page.post(address, json={"answers": answers}).status_code == 422, "it is in no shadow yet"
    page.post(f"/api/models/{second}/shadow", json={"on": True})
    shadows = page.get("/api/session").json()["shadows"]
    assert [one["id"] for one in shadows] == [second] and shadows[0]["backboneUrl"]
    page.post("/api/statistics", json={"sessionId": "s", "statistics": [inference(1, modelVersion=first)]})
    assert page.post(address, json={"answers": answers}).json() == {"unknown": [uuid(7)]}
    report = page.get(f"/api/models/{second}/shadow").json()
    assert (report["n"], report["cost"]) == (1, {"pictures": 1, "ms": 60.0})
    wrong = [{**answers[0], "probability": 1.5}]
    assert page.post(address, json={"answers": wrong}).status_code == 422
    assert page.post("/api/models/nothing/shadow/answers", json={"answers": []}).status_code == 404


def test_pages_hear_of_what_comes_into_the_shadow(served: Served, page: httpx.Client) -> None:
    _, second = two(served, page)
    with page.stream("GET", "/api/events") as stream:
        heard = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith('data: {"model"'))
        assert next(heard)["shadows"] == []
        page.post(f"/api/models/{second}/shadow", json={"on": True})
        assert [one["id"] for one in next(heard)["shadows"]] == [second]


def test_the_one_at_work_has_no_shadow_of_its_own(served: Served, page: httpx.Client) -> None:
    first, _ = two(served, page)
    assert page.post(f"/api/models/{first}/shadow", json={"on": True}).status_code == 422
    assert page.get("/api/models/nothing/shadow").status_code == 404
    assert page.post("/api/models/nothing/shadow", json={"on": True}).status_code == 404


def given(page: httpx.Client, session: str) -> tuple[str, str | None]:
    """The model that a session is told to work with, and what it tries."""
    answer: dict[str, Any] = page.get("/api/session", params={"sessionId": session}).json()
    return answer["model"]["id"], answer["tries"]


def test_a_share_of_the_sessions_tries_the_other_and_stays_with_it(
    served: Served, page: httpx.Client
) -> None:
    first, second = two(served, page)
    assert page.patch("/api/settings", json={"trialVersion": second, "trialShare": 0.25}).status_code == 200
    chosen = [in_trial(session, second, 0.25) for session in SESSIONS]
    assert 70 <= sum(chosen) <= 130
    for session, tries in list(zip(SESSIONS, chosen, strict=True))[:12]:
        assert given(page, session) == ((second, second) if tries else (first, None))
        assert given(page, session)[0] == (second if tries else first)
    assert page.get("/api/session").json()["tries"] is None
    more = [in_trial(session, second, 0.5) for session in SESSIONS]
    assert all(later for earlier, later in zip(chosen, more, strict=True) if earlier), "nobody is sent back"
    other = [in_trial(session, first, 0.25) for session in SESSIONS]
    assert other != chosen


@pytest.mark.parametrize("reason", ["off", "gate", "gone", "active"])
def test_nobody_tries_what_is_not_to_be_tried(served: Served, page: httpx.Client, reason: str) -> None:
    first, second = two(served, page)
    wanted = {"off": None, "gone": "nothing", "active": first}.get(reason, second)
    page.patch("/api/settings", json={"trialVersion": wanted, "trialShare": 1.0})
    if reason == "gate":
        assert given(page, "s") == (second, second)
        failed = [{"name": "accuracy", "passed": False}]
        change_metrics(served.store.database, second, lambda metrics: {**metrics, "gates": failed})
    assert given(page, "s") == (first, None)
