"""`GET /api/records` and its like over HTTP: what comes, and how what can't be is refused."""

from __future__ import annotations

import httpx
import pytest
from local_records import NOW, inference, said, sha256_of, uuid
from serving import Served

from webui.local.handlers.records import LIST_PARAMETERS

PATH = "/api/records"


@pytest.fixture
def filled(page: httpx.Client) -> httpx.Client:
    """A page whose store has three answers and a correction."""
    slow = inference(3, totalTime=400.0, source="camera", backend="webgl")
    records = [inference(1), inference(2), slow, said(4, about=2)]
    assert page.post("/api/statistics", json={"sessionId": "s", "statistics": records}).status_code == 200
    return page


def ids(page: httpx.Client, query: str) -> list[str]:
    answer = page.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["records"]]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [4, 3, 2, 1]),
        ("kind=inference", [3, 2, 1]),
        (f"kind=inference&from={NOW + 2}&to={NOW + 3}", [2]),
        ("kind=inference&from=2026-05-28&to=2026-05-29", [3, 2, 1]),
        ("label=wolf", [2]),
        ("label=tabby&modelVersion=starter-1a2b3c4d", [3, 1]),
        ("backend=webgl&source=camera&sessionId=s", [3]),
        ("mark=wrong&corrected=true", [2]),
        ("mark=unmarked", [3, 1]),
        ("slowerThan=80&timedStage=total", [3]),
        ("slowerThan=80&timedStage=inference", []),
        ("minConfidence=0.7&maxConfidence=0.8&limit=2", [3, 2]),
        ("fileName=img_0001", [1]),
        (f"sha256={sha256_of('picture 1')}", [1]),
        ("stage=decode&code=not_a_picture", []),
        (f"device={'a' * 32}", []),
    ],
)
def test_filters(filled: httpx.Client, query: str, numbers: list[int]) -> None:
    assert ids(filled, query) == [uuid(number) for number in numbers]


def test_pages(filled: httpx.Client) -> None:
    first = filled.get(f"{PATH}?limit=3").json()
    second = filled.get(f"{PATH}?limit=3&before={first['next']}").json()
    assert [record["id"] for record in second["records"]] == [uuid(1)]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("before=nowhere", "before"),
        ("kind=picture", "kind"),
        ("kind=event&label=fox", "label"),
        ("from=yesterday", "from"),
        ("from=5&to=5", "to"),
        ("label=", "label"),
        ("label=a%00b", "label"),
        ("source=moon", "source"),
        ("device=AB", "device"),
        ("mark=good", "mark"),
        ("corrected=perhaps", "corrected"),
        ("minConfidence=1.5", "minConfidence"),
        ("slowerThan=-1", "slowerThan"),
        ("slowerThan=nan", "slowerThan"),
        ("timedStage=upload", "timedStage"),
        ("sha256=abc", "sha256"),
        ("modelversion=x", "modelversion"),
        ("label=a&label=b", "label"),
    ],
)
def test_a_wrong_parameter_is_named(page: httpx.Client, query: str, named: str) -> None:
    answer = page.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert named in answer.json()["detail"]


def test_one_record_whole(filled: httpx.Client) -> None:
    found = filled.get(f"{PATH}/{uuid(2)}").json()
    assert found["card"]["feedback"]["correctedLabel"] == "wolf"
    assert found["record"]["predictions"][0]["className"] == "tabby"
    assert [word["id"] for word in found["said"]] == [uuid(4)]
    assert filled.get(f"{PATH}/{uuid(99)}").status_code == 404
    assert filled.get(f"{PATH}/x").status_code == 404


def test_facets(filled: httpx.Client) -> None:
    found = filled.get(f"{PATH}/facets").json()
    assert found["labels"] == [{"label": "tabby", "count": 3}, {"label": "wolf", "count": 0}]
    assert (found["backends"], found["modelVersions"]) == (["wasm", "webgl"], ["starter-1a2b3c4d"])
    assert filled.get(f"{PATH}/facets?from={NOW + 50}").json()["modelVersions"] == []
    assert filled.get(f"{PATH}/facets?label=x").status_code == 400


def test_strangers_get_nothing(served: Served, stranger: httpx.Client) -> None:
    for path in ("", "/facets", f"/{uuid(1)}"):
        assert stranger.get(PATH + path).status_code == 401


def test_every_parameter_is_described(page: httpx.Client) -> None:
    described = page.get("/api/openapi.json").json()["paths"][PATH]["get"]
    assert [each["name"] for each in described["parameters"]] == [each.name for each in LIST_PARAMETERS]
    assert all(each["description"] for each in described["parameters"])
