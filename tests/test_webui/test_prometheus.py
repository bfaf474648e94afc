"""`GET /metrics`: text that Prometheus reads, with histograms that can be added across devices."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
import prometheus_client
import pytest
from local_records import inference, said, send
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from serving import Served

from store.local.figures.buckets import upper_edge
from store.local.figures.totals import TIME_EDGES


def samples(page: httpx.Client) -> dict[str, list[Sample]]:
    answer = page.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == prometheus_client.CONTENT_TYPE_LATEST
    return {family.name: family.samples for family in text_string_to_metric_families(answer.text)}


def record(served: Served) -> None:
    names = ('we"ird\\ name\n', "wasm")
    answers = [
        inference(number, inferenceTime=2.0**number, backend=names[number % 2]) for number in range(1, 11)
    ]
    on_an_edge = inference(60, inferenceTime=0.999 * upper_edge(TIME_EDGES[4]), backend="wasm")
    send(served.store.statistics, *answers, on_an_edge, said(50, 1))


def buckets(found: Iterable[Sample], **labels: str) -> list[tuple[float, float]]:
    return [
        (float(one.labels["le"]), one.value)
        for one in found
        if one.name.endswith("_bucket") and labels.items() <= one.labels.items()
    ]


def test_histograms_are_cumulative_exact_and_sum_up(served: Served, page: httpx.Client) -> None:
    record(served)
    found = samples(page)["whimbrel_answer_duration_seconds"]
    steps = buckets(found, stage="inference", backend="wasm")
    times = [2.0**number / 1000 for number in range(1, 11, 2)]
    times.append(0.999 * upper_edge(TIME_EDGES[4]) / 1000)
    assert [n for _, n in steps] == [sum(time <= edge for time in times) for edge, _ in steps]
    assert steps[-1] == (float("inf"), 6)
    [total] = [one for one in found if one.name.endswith("_sum") and _is(one, "inference", "wasm")]
    assert total.value == pytest.approx(sum(times), abs=1e-6)  # it is of whole microseconds


def _is(one: Sample, stage: str, backend: str) -> bool:
    return one.labels["stage"] == stage and one.labels["backend"] == backend


def test_every_histogram_of_a_name_has_the_same_edges(served: Served, page: httpx.Client) -> None:
    record(served)
    for name, found in samples(page).items():
        by_labels: dict[tuple[str, ...], list[float]] = {}
        for one in found:
            if one.name == f"{name}_bucket":
                key = tuple(sorted(value for label, value in one.labels.items() if label != "le"))
                by_labels.setdefault(key, []).append(float(one.labels["le"]))
        assert len({tuple(edges) for edges in by_labels.values()}) <= 1, name


def test_odd_names_come_through(served: Served, page: httpx.Client) -> None:
    record(served)
    found = samples(page)["whimbrel_answers"]
    assert {one.labels["backend"]: one.value for one in found} == {'we"ird\\ name\n': 5, "wasm": 6}


def test_counts_agree_with_the_records(served: Served, page: httpx.Client) -> None:
    record(served)
    found = samples(page)
    assert found["whimbrel_recorded"][0].value == 12
    queue = {one.labels["state"]: one.value for one in found["whimbrel_outbox_records"]}
    assert queue == {"accepted": 0, "waiting": 12, "rejected": 0}
    words = {one.labels["word"]: one.value for one in found["whimbrel_marked_answers"]}
    assert words == {"wrong": 1, "corrected": 1}
    again = samples(page)["whimbrel_http_request_duration_seconds"]
    assert any(one.labels.get("route") == "/metrics" for one in again)


def test_nothing_of_the_process_is_told(served: Served, page: httpx.Client) -> None:
    assert all(name.startswith("whimbrel_") for name in samples(page))


def test_scraping_needs_the_cookie(stranger: httpx.Client) -> None:
    assert stranger.get("/metrics").status_code == 401
