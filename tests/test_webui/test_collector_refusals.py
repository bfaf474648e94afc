"""What the collector refuses, and how it says so."""

from __future__ import annotations

import base64
import gzip
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from collecting import Sender, enrolled
from collector_requests import enrolment, refused, sent
from collector_serving import ServedCollector, new_collector
from two_hands import TwoHands

from store.collector.rate_buckets import Rate
from store.collector.service import Limits
from store.protocol import ENROL, EVENTS, ME, RECONCILE, WITHDRAW
from store.protocol_releases import RELEASES

KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def served(tmp_path: Path, clock: TwoHands) -> Iterator[ServedCollector]:
    limits = Limits(device=Rate(1, 20), enrolment=Rate(0.1, 4), strangers=Rate(0.1, 3))
    with new_collector(tmp_path, clock, limits) as found:
        yield found


def test_guessing_codes_is_slow(served: ServedCollector) -> None:
    with served.client() as stranger:
        for _ in range(4):
            refused(stranger.post(ENROL, json=enrolment("wrong")), 403, "code-unknown", served)
        answer = stranger.post(ENROL, json=enrolment("wrong"))
        refused(answer, 429, "too-many", served)
        assert int(answer.headers["Retry-After"]) == 10


def test_wrong_tokens_are_refused_and_counted(served: ServedCollector) -> None:
    with served.client() as stranger:
        answer = stranger.get(ME)
        refused(answer, 401, "token-refused", served)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        wrong = {"Authorization": "Bearer " + "A" * 43}
        for _ in range(3):
            refused(stranger.get(ME, headers=wrong), 401, "token-refused", served)
        refused(stranger.get(ME, headers=wrong), 429, "too-many", served)


def test_a_token_is_for_its_scope_and_its_device(
    served: ServedCollector, device: httpx.Client, sender: Sender
) -> None:
    other = enrolled(served.collector, "other")
    refused(sent(device, other.batch(*other.records(1))), 403, "wrong-device", served)
    program = served.collector.devices.new_token("camera", ["statistics"], "admin")
    with served.client(program.token) as client:
        refused(sent(client, sender.batch(*sender.records(1))), 403, "wrong-scope", served)


def test_another_version_is_told_so_before_its_form_matters(
    served: ServedCollector, device: httpx.Client
) -> None:
    answer = sent(device, {"schema": 9, "everything": "else"})
    problem = refused(answer, 426, "schema", served)
    assert (problem["min_schema"], problem["max_schema"]) == (1, 1)


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "bad-json"),
        (b'{"schema": 1}', {}, 422, "wrong-shape"),
        (gzip.compress(b"x")[:9], {"Content-Encoding": "gzip"}, 400, "bad-encoding"),
        (gzip.compress(b" " * (8 * 2**20 + 1)), {"Content-Encoding": "gzip"}, 413, "too-large"),
        (b"x", {"Content-Type": "text/plain"}, 415, "wrong-media-type"),
        (b"x", {"Content-Encoding": "br"}, 415, "wrong-media-type"),
    ],
    ids=["half an object", "no batch", "cut gzip", "swollen gzip", "no json", "brotli"],
)
def test_what_is_no_batch_is_refused(
    served: ServedCollector,
    device: httpx.Client,
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    answer = device.post(EVENTS, content=content, headers={"Content-Type": "application/json", **headers})
    refused(answer, status, code, served)


def test_a_batch_out_of_order_is_none(served: ServedCollector, device: httpx.Client, sender: Sender) -> None:
    refused(sent(device, sender.batch(*reversed(sender.records(2)))), 422, "wrong-shape", served)


def test_unknown_addresses_and_methods(served: ServedCollector, device: httpx.Client) -> None:
    refused(device.get("/api/sync/v2/events"), 404, "not-found", served)
    answer = device.get(EVENTS)
    refused(answer, 405, "method-not-allowed", served)
    assert answer.headers["Allow"] == "POST"


def test_a_sender_that_goes_away_leaves_its_place(
    served: ServedCollector, device: httpx.Client, sender: Sender
) -> None:
    crowd = served.application.crowd
    crowd._most = 1
    head = f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(f"{head}Authorization: Bearer {sender.admitted.token}\r\n\r\n{{".encode())
        while crowd.inside == 0:
            device.get("/healthz")  # until the other request is in
        answer = device.get(ME)
        refused(answer, 503, "busy", served)
        assert answer.headers["Retry-After"] == "1"  # a third of a twentieth of a second, and no jitter
    while crowd.inside == 1:
        device.get("/healthz")  # until its end was noticed
    assert device.get(ME).status_code == 200


def test_a_file_takes_no_place_from_those_who_send(served: ServedCollector, device: httpx.Client) -> None:
    served.application.crowd._most = 0
    refused(device.get(ME), 503, "busy", served)
    refused(device.get(f"{RELEASES}/7/files/head.json"), 404, "not-found", served)


def test_a_database_that_is_gone_is_no_readiness(
    served: ServedCollector, device: httpx.Client, sender: Sender
) -> None:
    served.collector.database.close()
    with served.client() as watcher:
        assert watcher.get("/healthz").status_code == 200
        refused(watcher.get("/readyz"), 503, "busy", served)
    answer = sent(device, sender.batch(*sender.records(1)))
    refused(answer, 503, "busy", served)
    assert int(answer.headers["Retry-After"]) > 0


def test_the_document_names_every_address(served: ServedCollector) -> None:
    with served.client() as anybody:
        document = anybody.get("/api/openapi.json").json()
    assert {ENROL, EVENTS, RECONCILE, WITHDRAW, ME, "/api/statistics", "/healthz"} <= set(document["paths"])
    assert document["paths"][EVENTS]["post"]["security"] == [{"bearer": []}]
