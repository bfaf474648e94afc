"""Retention and erasure over HTTP: shown first, then exactly that, and everybody hears of it."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from local_records import body_of, sha256_of
from serving import JSON, Served
from upkeep_support import full_inference

PICTURE = sha256_of("picture 1")


@pytest.fixture
def filled(page: httpx.Client) -> httpx.Client:
    body = body_of(*(full_inference(number) for number in range(1, 4)))
    assert page.post("/api/statistics", content=body, headers=JSON).json()["accepted"] == 3
    return page


def done(page: httpx.Client, number: int) -> Any:
    for _ in range(2000):
        run = page.get(f"/api/upkeep/{number}").json()
        if run["state"] == "done":
            return run
        time.sleep(0.01)  # the server works on a thread of its own
    raise AssertionError("it never ended")


def counts(items: Any) -> dict[str, int]:
    return {item["kind"]: item["count"] for item in items}


def test_what_is_kept_and_for_how_long(page: httpx.Client) -> None:
    found = page.get("/api/retention").json()
    rules = {rule["kind"]: (rule["days"], rule["megabytes"]) for rule in found["rules"]}
    assert rules == {
        "answers": (None, None), "events": (365, None), "waiting": (90, None), "embeddings": (730, 2048),
        "thumbnails": (None, 2048), "crops": (None, 2048),
    }  # fmt: skip
    assert found["preview"]["items"] == []
    assert (found["runs"], found["clockProblem"]) == ([], None)
    changed = page.patch("/api/settings", json={"keepAnswersDays": 90})
    assert changed.status_code == 200
    assert page.get("/api/retention").json()["rules"][0]["days"] == 90


def test_a_run_takes_what_its_preview_showed_by_size(filled: httpx.Client, served: Served) -> None:
    filled.patch("/api/settings", json={"keepThumbnailsMegabytes": 1})
    with_big = full_inference(9, thumbnail="/9j/" + "A" * 199_996)
    body = body_of(*(with_big | {"id": full_inference(number)["id"],
                     "picture": full_inference(number)["picture"]} for number in range(10, 20)))  # fmt: skip
    assert filled.post("/api/statistics", content=body, headers=JSON).json()["accepted"] == 10
    shown = filled.get("/api/retention").json()["preview"]
    assert counts(shown["items"]) == {"thumbnails": 7}
    started = filled.post("/api/retention/run", json={"token": shown["token"]})
    assert started.status_code == 202
    run = done(filled, started.json()["number"])
    assert run["gone"]["thumbnails"]["count"] == 7
    assert sum(kind["bytes"] for kind in run["gone"].values()) == shown["bytes"]
    again = filled.post("/api/retention/run", json={"token": shown["token"]})
    assert (again.status_code, again.json()["type"]) == (409, "urn:whimbrel:problem:conflict")
    assert filled.get("/api/retention").json()["runs"][0]["number"] == run["number"]


def test_a_picture_is_shown_and_then_erased(filled: httpx.Client, served: Served) -> None:
    shown = filled.post("/api/erase", json={"pictureSha256": PICTURE, "preview": True}).json()
    assert shown["run"] is None
    assert counts(shown["preview"]["items"]) == {
        "answers": 1, "pictures": 1, "embeddings": 1, "thumbnails": 1, "crops": 1
    }  # fmt: skip
    assert filled.get(f"/api/pictures/{PICTURE}/thumbnail").headers["Cache-Control"] == "no-store"
    with filled.stream("GET", "/api/events") as news:
        lines = news.iter_lines()
        next(lines)
        with served.page() as other:
            answer = other.post("/api/erase", json={"pictureSha256": PICTURE}).json()
        event = next(line for line in lines if line == "event: erased")
        data = json.loads(next(lines).removeprefix("data: "))
    assert event
    assert data == {
        "number": answer["run"]["number"], "pictureSha256": PICTURE, "sessionId": None, "everything": False
    }  # fmt: skip
    run = done(filled, answer["run"]["number"])
    assert (run["gone"]["answers"]["count"], run["backups"]) == (1, 0)
    assert filled.get(f"/api/pictures/{PICTURE}/thumbnail").status_code == 404
    assert len(filled.get("/api/pictures").json()["pictures"]) == 2
    assert filled.post("/api/retention/told", json={"number": run["number"]}).json() == {}
    late = filled.post("/api/statistics", content=body_of(full_inference(1)), headers=JSON).json()
    assert [one["code"] for one in late["rejected"]] == ["erased"]


def test_everything_needs_its_word(filled: httpx.Client) -> None:
    refused = filled.post("/api/erase", json={"everything": True})
    assert refused.status_code == 422
    assert "erase everything" in refused.json()["detail"]
    assert len(filled.get("/api/pictures").json()["pictures"]) == 3
    body = {"everything": True, "confirmation": "erase everything"}
    run = done(filled, filled.post("/api/erase", json=body).json()["run"]["number"])
    assert run["gone"]["answers"]["count"] == 3
    assert filled.get("/api/pictures").json()["pictures"] == []


@pytest.mark.parametrize(
    "body", [{}, {"pictureSha256": PICTURE, "everything": True}, {"pictureSha256": "x"}, {"picture": PICTURE}]
)
def test_what_to_erase_must_be_clear(page: httpx.Client, body: dict[str, object]) -> None:
    assert page.post("/api/erase", json=body).status_code == 422


def test_the_date_may_be_confirmed_and_unknown_removals_are_not_found(page: httpx.Client) -> None:
    assert page.post("/api/retention/date-is-right", json={}).json()["clockProblem"] is None
    for number in ("7", "x", "9" * 30):
        assert page.get(f"/api/upkeep/{number}").status_code == 404


def test_the_log_names_no_picture(filled: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert filled.get(f"/api/pictures/{PICTURE}/thumbnail").status_code == 200
    filled.post("/api/erase", json={"pictureSha256": PICTURE})
    said = "\n".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    assert "/api/pictures/.../thumbnail" in said
    assert PICTURE not in said
    assert "IMG_0001" not in said
