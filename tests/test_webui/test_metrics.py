"""`GET /api/metrics/performance`: figures over HTTP, and the records behind each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from local_records import inference, said, send, uuid
from serving import Served

DEVICE = {"gpu": {"vendor": "Intel", "renderer": "Iris"}, "webglVersion": "webgl2", "hardwareConcurrency": 8}
PLACE = "/api/metrics/performance"


@pytest.fixture
def recorded(served: Served) -> None:
    """Forty answers of two backends in the last minutes, four words on them, and two failures."""
    now = time.time_ns() // 1_000_000
    answers = [
        inference(
            number,
            timestamp=now - number,
            backend="wasm" if number % 2 else "webgl",
            inferenceTime=float(number),
            picture={"sha256": f"{number // 2:064x}", "fileName": "owl.jpg"},
        )
        for number in range(1, 41)
    ]
    words = [said(100, 1, timestamp=now), *(said(number, number - 99, None) for number in (101, 102, 103))]
    event = {"kind": "event", "timestamp": now, "stage": "decode", "code": "not_a_picture"}
    failures = [event | {"id": uuid(number)} for number in (200, 201)]
    assert send(served.store.statistics, *answers, *words, *failures, device=DEVICE).accepted == 46


def figures(page: httpx.Client, query: str = "window=24h") -> dict[str, Any]:
    answer = page.get(f"{PLACE}?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_figure_is_of_what_was_just_recorded(recorded: None, page: httpx.Client) -> None:
    found = figures(page)
    assert found["pending"] == 0
    counts = {name: figure["value"] for name, figure in found["counts"].items()}
    assert counts == {
        "answers": 40,
        "pictures": 21,
        "feedback": 4,
        "corrections": 1,
        "errors": 2,
        "sessions": 1,
    }
    assert found["accuracy"]["overall"]["value"] == 0.75
    assert found["accuracy"]["audited"]["n"] == 0
    assert [(one["stage"], one["code"]) for one in found["errors"]] == [("decode", "not_a_picture")]
    [device] = found["devices"]
    assert (device["renderer"], device["share"], device["answers"]["value"]) == ("Iris", 1.0, 40)
    assert found["memory"]["numTensors"]["value"] == 42


def test_latency_is_told_together_then_by_backend_then_by_version(recorded: None, page: httpx.Client) -> None:
    rows = figures(page)["latency"]
    assert [(row["backend"], row["modelVersion"]) for row in rows[::3]] == [
        (None, None),
        ("wasm", None),
        ("webgl", None),
        (None, "starter-1a2b3c4d"),
    ]
    assert rows[0]["stage"] == "inference"
    median = rows[0]["p50"]
    assert median["value"] == pytest.approx(20, rel=0.01)
    assert 13.7 < median["low"] <= 14  # the 14th of 40 ...
    assert 27 <= median["high"] < 27.6  # ... and the 27th


def behind(value: object) -> Iterator[dict[str, Any]]:
    """Every figure in an answer."""
    if isinstance(value, dict):
        if "records" in value:
            yield value
        for inner in value.values():
            yield from behind(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from behind(inner)


def test_every_link_leads_to_the_records_behind(recorded: None, page: httpx.Client) -> None:
    found = figures(page)
    links = [figure for figure in behind(found) if figure["records"] is not None]
    assert len(links) > 40
    for figure in links:
        listed = page.get(f"/api/records?{figure['records']}&limit=1000")
        assert listed.status_code == 200, (figure, listed.text)
    exact = [found["counts"][name] for name in ("answers", "feedback", "corrections", "errors")]
    exact += [found["accuracy"]["overall"], found["errors"][0]["count"], found["devices"][0]["answers"]]
    for figure in exact:
        assert number_of(page, figure) == figure["n"], figure
    slower = found["latency"][0]["p95"]
    assert number_of(page, slower) == 2  # of 40, over the 38th


def number_of(page: httpx.Client, figure: dict[str, Any]) -> int:
    return len(page.get(f"/api/records?{figure['records']}&limit=1000").json()["records"])


def test_filters_hold_for_every_part(recorded: None, page: httpx.Client) -> None:
    found = figures(page, "window=24h&backend=wasm&modelVersion=starter-1a2b3c4d")
    assert found["counts"]["answers"]["value"] == 20
    assert found["counts"]["pictures"]["value"] == 20
    assert {row["backend"] for row in found["latency"]} == {None, "wasm"}
    assert figures(page, "backend=none")["counts"]["answers"]["value"] == 0


@pytest.mark.parametrize("window", ["24h", "30d", "all"])
@pytest.mark.parametrize("bucket", ["auto", "hour", "day", "week"])
def test_series_add_up_to_the_window(recorded: None, page: httpx.Client, window: str, bucket: str) -> None:
    found = figures(page, f"window={window}&bucket={bucket}")
    series = found["series"]
    assert sum(point["n"] for point in series["answers"]) == 40
    together = [point for point in series["latency"] if point["backend"] is None]
    assert sum(point["n"] for point in together) == 40
    assert sum(point["n"] for point in series["memory"]) == 40
    start, end = found["window"]["from"], found["window"]["to"]
    assert all(start <= point["at"] < end for points in series.values() for point in points)


def test_nothing_recorded_is_no_error(page: httpx.Client) -> None:
    for window in ("24h", "all"):
        found = figures(page, f"window={window}")
        assert found["counts"]["answers"] == {
            "value": 0,
            "n": 0,
            "low": None,
            "high": None,
            "change": None,
            "records": found["counts"]["answers"]["records"],
        }
        assert found["accuracy"]["overall"]["value"] is None


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("window=1h", "window"),
        ("window=90d&bucket=hour", "bucket"),
        ("bucket=minute", "bucket"),
        ("window=7d&window=7d", "window"),
        ("since=1", "since"),
        ("backend=", "backend"),
        ("modelVersion=%00", "modelVersion"),
    ],
)
def test_a_wrong_parameter_is_named(page: httpx.Client, query: str, name: str) -> None:
    answer = page.get(f"{PLACE}?{query}")
    assert answer.status_code == 400
    assert name in answer.json()["detail"]


def test_figures_need_the_cookie(stranger: httpx.Client) -> None:
    assert stranger.get(PLACE).status_code == 401
