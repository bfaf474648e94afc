"""The collector's sync API over a real socket, on both databases: what a device sees."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from collecting import Sender, enrolled, event_id_of, inference, newcomer, value
from collector_requests import enrolment, refused, sent
from collector_serving import ServedCollector, serving_collector
from local_records import NOW
from two_hands import TwoHands

from store.collector.database import CollectorDatabase, Session
from store.collector.errors import Unreachable
from store.collector.rate_buckets import Rate
from store.collector.service import Collector, Limits
from store.protocol import ENROL, EVENTS, FORGOTTEN, ME, RECONCILE, WITHDRAW


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def served(collector_database: CollectorDatabase, clock: TwoHands) -> Iterator[ServedCollector]:
    limits = Limits(device=Rate(1, 20), enrolment=Rate(0.1, 4), strangers=Rate(0.1, 3))
    with serving_collector(Collector(collector_database, clock, limits)) as found:
        yield found


def test_a_device_comes_in_sends_and_is_known(served: ServedCollector) -> None:
    code = served.collector.devices.new_code("admin")
    with served.client() as stranger:
        answer = stranger.post(ENROL, json=enrolment(code.lower().replace("-", " "))).json()
    assert answer["collector_id"] == served.collector.id.hex()
    assert len(base64.urlsafe_b64decode(answer["token"] + "=")) == 32
    sender = enrolled(served.collector, "other")
    with served.client(answer["token"]) as client:
        batch = sender.batch(*sender.records(3), device_id=answer["device_id"])
        told = sent(client, batch)
        assert told.headers["Content-Type"] == "application/json"
        assert told.json() == {
            "collector_id": answer["collector_id"], "batch_id": "b" * 32, "accepted": 3, "duplicate": 0,
            "rejected": [], "ack_seq": 3, "server_time": NOW, "min_schema": 1, "max_schema": 1,
            "release": None, "labels": None, "spread_s": 1, "withdrawn": 0,
        }  # fmt: skip
        assert sent(client, batch).json()["duplicate"] == 3
        me = client.get(ME).json()
    assert (me["device_id"], me["name"], me["accepted"]) == (answer["device_id"], "laptop", 3)
    assert (me["last_seq"], me["withdrawn"]) == ({sender.epoch.hex(): 3}, 0)


def test_the_answer_comes_after_the_commit(
    served: ServedCollector, device: httpx.Client, sender: Sender
) -> None:
    """What the answer counts is there for another connection at the moment it arrives."""
    for _ in range(5):
        assert sent(device, sender.batch(*sender.records(2))).json()["accepted"] == 2
        assert value(served.collector.database, "SELECT count(*) FROM event") == int(
            device.get(ME).json()["accepted"]
        )


@pytest.mark.parametrize("committed", [False, True])
def test_what_became_of_a_broken_commit_does_not_matter(
    served: ServedCollector,
    device: httpx.Client,
    sender: Sender,
    committed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The collector dies before its commit, or after it and before the answer; the device sends again."""
    batch = sender.batch(*sender.records(4))
    write = served.collector.database.write

    @contextmanager
    def breaking() -> Iterator[Session]:
        with contextlib.ExitStack() as held:
            yield held.enter_context(write())
            if not committed:
                raise Unreachable("The connection broke.")
        raise Unreachable("The connection broke.")

    monkeypatch.setattr(served.collector.database, "write", breaking)
    refused(sent(device, batch), 503, "busy", served)
    monkeypatch.undo()
    again = sent(device, batch).json()
    assert (again["accepted"], again["duplicate"]) == ((0, 4) if committed else (4, 0))
    assert value(served.collector.database, "SELECT count(*) FROM event") == 4
    assert served.collector.devices.find("laptop").accepted == 4


def test_codes_are_good_once_and_for_a_day(served: ServedCollector, clock: TwoHands) -> None:
    devices = served.collector.devices
    used, late = devices.new_code("admin"), devices.new_code("admin")
    other_key = base64.b64encode(b"o" * 32).decode()
    with served.client() as stranger:
        first = stranger.post(ENROL, json=enrolment(used)).json()
        refused(stranger.post(ENROL, json=enrolment(used, public_key=other_key)), 403, "code-used", served)
        refused(stranger.post(ENROL, json=enrolment("K7QF-2M9T-4XHB-W0CD")), 403, "code-unknown", served)
        again = stranger.post(ENROL, json=enrolment(used)).json()
        assert (again["device_id"], again["token"] == first["token"]) == (first["device_id"], False)
        clock.run(25 * 3_600_000)
        refused(stranger.post(ENROL, json=enrolment(late)), 403, "code-expired", served)


def test_a_known_key_comes_back_as_the_same_device(
    served: ServedCollector, device: httpx.Client, sender: Sender
) -> None:
    sent(device, sender.batch(*sender.records(2)))
    served.collector.devices.revoke(sender.device_id, "admin")
    refused(sent(device, sender.batch(*sender.records(1))), 401, "token-refused", served)
    again = enrolled(served.collector)
    assert again.device_id == sender.device_id
    with served.client(again.admitted.token) as client:
        assert sent(client, sender.batch(*sender.records(1))).json()["accepted"] == 1
    refused(device.get(ME), 401, "token-refused", served)


def test_a_device_has_a_rate_of_its_own(
    served: ServedCollector, device: httpx.Client, clock: TwoHands
) -> None:
    for _ in range(20):
        assert device.get(ME).status_code == 200
    refused(device.get(ME), 429, "too-many", served)
    with served.client(enrolled(served.collector, "other").admitted.token) as other:
        assert other.get(ME).status_code == 200
    clock.run(2000)
    assert device.get(ME).status_code == 200
    clock.jump(-10 * 365 * 86_400_000)
    assert device.get(ME).status_code == 200


def test_reconciling(served: ServedCollector, device: httpx.Client, sender: Sender) -> None:
    sent(device, sender.batch(*sender.records(4)))

    def digest(*seqs: int) -> str:
        told = b"".join(seq.to_bytes(8, "big") + event_id_of(seq) for seq in seqs)
        return hashlib.sha256(told).hexdigest()

    ranges = [
        {"from_seq": 1, "to_seq": 2, "count": 2, "digest": digest(1, 2)},
        {"from_seq": 3, "to_seq": 5, "count": 3, "digest": digest(3, 4, 5)},
        {"from_seq": 3, "to_seq": 4, "count": 1, "digest": digest(3)},
    ]
    asked = {"schema": 1, "device_id": sender.device_id.hex(), "queue_epoch": sender.epoch.hex()}
    answer = device.post(RECONCILE, json={**asked, "ranges": ranges}).json()
    assert (answer["same"], answer["different"]) == ([0], [1, 2])
    unknown = {**asked, "queue_epoch": "0" * 32, "ranges": ranges[:1]}
    assert device.post(RECONCILE, json=unknown).json()["different"] == [0]
    ids = device.post(RECONCILE, json={**asked, "want": "ids", "from_seq": 2, "to_seq": 9}).json()["ids"]
    assert ids == [[seq, event_id_of(seq).hex()] for seq in (2, 3, 4)]


def test_withdrawing(served: ServedCollector, device: httpx.Client, sender: Sender) -> None:
    events = sender.records(3)
    sent(device, sender.batch(*events))
    asked = {"schema": 1, "device_id": sender.device_id.hex(), "scope": "all", "consent": 0}
    answer = device.post(WITHDRAW, json=asked).json()
    assert (answer["erased"], len(answer["tombstone_id"])) == (3, 32)
    assert value(served.collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 0
    later = sent(device, sender.batch(*sender.records(1))).json()
    assert [each["code"] for each in later["rejected"]] == ["erased"]
    assert sent(device, sender.batch(*events)).json()["duplicate"] == 3
    sender.consent = 1
    assert sent(device, sender.batch(sender.event(inference("new")))).json()["accepted"] == 1
    again = device.post(WITHDRAW, json={**asked, "again": True}).json()
    assert (again["erased"], again["tombstone_id"]) == (0, answer["tombstone_id"])
    assert value(served.collector.database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 1


def test_the_spread_is_for_the_devices_that_may_come(
    served: ServedCollector, device: httpx.Client, sender: Sender, clock: TwoHands
) -> None:
    others = [enrolled(served.collector, f"field {number}") for number in range(39)]
    assert sent(device, sender.batch()).json()["spread_s"] == 6
    for other in others:
        served.collector.devices.revoke(other.device_id, "admin")
    clock.run(59_000)
    assert sent(device, sender.batch()).json()["spread_s"] == 6, "they are counted once a minute"
    clock.run(2_000)
    assert sent(device, sender.batch()).json()["spread_s"] == 1


def test_whoever_withdrew_is_told_so_everywhere(
    served: ServedCollector, device: httpx.Client, sender: Sender
) -> None:
    asked = {"schema": 1, "device_id": sender.device_id.hex(), "scope": "crops", "consent": 7}
    device.post(WITHDRAW, json=asked)
    assert device.get(ME).json()["withdrawn"] == 7
    assert sent(device, sender.batch(withdrawn=7)).json()["withdrawn"] == 7
    refused(sent(device, sender.batch(*sender.records(1), withdrawn=8)), 409, FORGOTTEN, served)
    assert value(served.collector.database, "SELECT count(*) FROM event") == 0
    key = base64.b64encode(newcomer("laptop").public_key).decode()
    with served.client() as client:
        code = served.collector.devices.new_code("admin")
        assert client.post(ENROL, json=enrolment(code, public_key=key)).json()["withdrawn"] == 7


def test_health_readiness_and_figures(served: ServedCollector, device: httpx.Client, sender: Sender) -> None:
    sender.waiting = 7
    sent(device, sender.batch(*sender.records(3), sender.event({"kind": 1})))
    with served.client() as watcher:
        assert watcher.get("/healthz").json() == {"alive": True}
        assert watcher.get("/readyz").json()["ready"] is True
        text = watcher.get("/metrics").text
    for line in (
        'whimbrel_collector_devices{state="enrolled"} 1.0',
        "whimbrel_collector_events_accepted_total 3.0",
        'whimbrel_collector_events_rejected{code="malformed"} 1.0',
        "whimbrel_collector_events_waiting 7.0",
        f'http_request_duration_seconds_count{{method="POST",route="{EVENTS}",status="200"}} 1.0',
    ):
        assert line in text


def test_the_seeds_form_with_a_token(served: ServedCollector) -> None:
    program = served.collector.devices.new_token("camera", ["statistics"], "admin")
    record = {
        "modelVersion": "2.0",
        "predictions": [{"className": "dog", "probability": 0.92, "rank": 1}],
        "inferenceTime": 35.2,
        "preprocessingTime": 5.1,
        "totalTime": 40.3,
        "memoryUsage": {"numTensors": 42, "numBytes": 15728640, "numDataBuffers": 42},
        "userFeedback": {"isCorrect": False, "correctedLabel": "wolf", "confidence": 1.0},
    }
    body = {"sessionId": "s", "deviceInfo": {"webglVersion": "webgl2"}, "statistics": [record, {"bad": 1}]}
    with served.client(program.token) as client:
        answer = client.post("/api/statistics", json=body).json()
        assert (answer["accepted"], answer["duplicate"], answer["rejected"][0]["index"]) == (1, 0, 1)
        assert client.post("/api/statistics", json=body).json()["duplicate"] == 1
    database = served.collector.database
    assert value(database, "SELECT corrected FROM event") == "wolf"
    assert json.loads(value(database, "SELECT info FROM context")) == {"webglVersion": "webgl2"}
