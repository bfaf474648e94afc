"""Sending, as the page asks for it: consent with what goes, enrolment, accounts, and what was rejected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from local_records import inference, send, uuid, uuid_bytes
from paper_collector import DEVICE, PaperCollector, paper_server
from serving import Served

from store import enrolment_code
from store.protocol import WithdrawRequest

CODE = enrolment_code.make().text
NOTHING = {"embeddings": False, "crops": False, "fileNames": False, "places": "off"}


@pytest.fixture
def collector() -> PaperCollector:
    return PaperCollector()


@pytest.fixture
def address(collector: PaperCollector) -> Iterator[str]:
    with paper_server(collector) as (port, _):
        yield f"http://127.0.0.1:{port}"


def record(served: Served, count: int) -> None:
    send(served.store.statistics, *(inference(number) for number in range(1, count + 1)))


def did(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def drain(served: Served) -> None:
    while served.sync.engine.once(asked=True).wait_s == 0:
        pass


def test_at_first_all_stays_here_and_adds_up(served: Served, page: httpx.Client) -> None:
    record(served, 3)
    state = did(page.get("/api/sync"))
    assert (state["phase"], state["enrolment"], state["consent"]["given"]) == ("no_consent", None, False)
    accounts = state["accounts"]
    assert (accounts["recorded"], accounts["waiting"], accounts["accepted"]) == (3, 3, 0)


def test_the_preview_is_what_then_goes(
    served: Served, page: httpx.Client, collector: PaperCollector, address: str
) -> None:
    record(served, 3)
    shown = did(page.get("/api/sync/preview", params={"fileNames": "true", "most": 2}))["preview"]
    assert (shown["records"], shown["waiting"]) == (2, 3)
    assert not collector.bodies
    did(page.post("/api/sync/consent", json={"sharing": NOTHING | {"fileNames": True}}))
    did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    shown = did(page.get("/api/sync/preview"))["preview"]
    assert shown["address"] == f"{address}/api/sync/v1/events"
    drain(served)
    sent = next(msgspec.json.decode(body) for body in collector.bodies if b'"events"' in body)
    for each in (sent, shown["body"]):
        del each["batch_id"], each["sent_at"]
    assert shown["body"] == sent
    assert sent["events"][0]["record"]["picture"]["fileName"] == "IMG_0001.jpg"
    assert did(page.get("/api/sync/preview")) == {"preview": None}


def test_a_device_enrols_sends_pauses_and_leaves(
    served: Served, page: httpx.Client, collector: PaperCollector, address: str
) -> None:
    record(served, 2)
    did(page.post("/api/sync/consent", json={"sharing": NOTHING}))
    state = did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    assert state["enrolment"]["deviceId"] == DEVICE
    assert "token" not in str(state)
    assert did(page.post("/api/sync/pause", json={}))["phase"] == "paused"
    drain(served)
    assert not collector.kept
    assert did(page.post("/api/sync/resume", json={}))["phase"] != "paused"
    drain(served)
    assert did(page.get("/api/sync"))["accounts"]["accepted"] == 2 == len(collector.kept)
    assert did(page.delete("/api/sync/enrolment"))["phase"] == "not_enrolled"
    assert not (served.data_dir / "device-secrets.json").exists()


def test_what_is_withdrawn_reaches_the_collector_before_anything_else(
    served: Served, page: httpx.Client, collector: PaperCollector, address: str
) -> None:
    agreed = did(page.post("/api/sync/consent", json={"sharing": NOTHING | {"crops": True}}))["consent"]
    did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    record(served, 2)
    state = did(page.post("/api/sync/withdraw", json={"scope": "crops"}))
    assert (state["withdrawing"], state["consent"]["sharing"]) == (["crops"], NOTHING)
    state = did(page.post("/api/sync/withdraw", json={"scope": "all"}))
    assert (state["withdrawing"], state["phase"]) == (["crops", "all"], "no_consent")
    refused = page.delete("/api/sync/enrolment")
    assert (refused.status_code, "not heard yet" in refused.json()["detail"]) == (409, True)
    drain(served)
    assert not collector.kept
    assert [one.scope for one in collector.withdrawn] == ["crops", "all"]
    assert agreed["number"] == collector.withdrawn[0].consent < collector.withdrawn[1].consent
    assert did(page.get("/api/sync"))["withdrawing"] == []


def test_rejected_records_can_be_seen_exported_sent_again_and_let_go(
    served: Served, page: httpx.Client, collector: PaperCollector, address: str
) -> None:
    did(page.post("/api/sync/consent", json={"sharing": NOTHING}))
    did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    collector.refused = {uuid_bytes(number).hex(): "malformed" for number in (1, 2)}
    record(served, 3)
    drain(served)
    shown = did(page.get("/api/sync/rejected"))
    assert [(one["seq"], one["id"], one["code"]) for one in shown["records"]] == [
        (1, uuid(1), "malformed"),
        (2, uuid(2), "malformed"),
    ]
    assert did(page.get("/api/sync/rejected", params={"after": 1}))["records"] == shown["records"][1:]
    exported = page.get("/api/sync/rejected/export")
    assert "attachment" in exported.headers["Content-Disposition"]
    assert exported.json()["records"][0]["record"]["picture"]["fileName"] == "IMG_0001.jpg"
    collector.refused = {}
    assert did(page.post("/api/sync/rejected/again", json={"seqs": [1, 3]})) == {"count": 1}
    assert did(page.post("/api/sync/rejected/discard", json={"seqs": [2]})) == {"count": 1}
    drain(served)
    accounts = did(page.get("/api/sync"))["accounts"]
    assert (accounts["accepted"], accounts["rejected"], accounts["dropped"]) == (2, {}, {"discarded": 1})


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [("http://example.org", CODE, "https"), ("127.0.0.1", "K7QF", "enrolment code"), ("", CODE, "form")],
    ids=["plain http", "half a code", "no address"],
)
def test_an_enrolment_that_cannot_be_is_refused_in_words(
    page: httpx.Client, url: str, code: str, says: str
) -> None:
    answer = page.post("/api/sync/enrol", json={"url": url, "code": code})
    assert answer.status_code in (409, 422)
    assert says in answer.json()["detail"]


def test_what_was_taken_back_by_a_memory_that_was_put_back_is_asked_for_once_more(
    served: Served, page: httpx.Client, collector: PaperCollector, address: str
) -> None:
    before = WithdrawRequest(1, DEVICE, "all", 2**45)  # by a clock that was far ahead
    collector.withdrawn.append(before)
    did(page.post("/api/sync/consent", json={"sharing": NOTHING}))
    record(served, 2)
    state = did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    assert (state["phase"], state["consent"]["given"]) == ("no_consent", False)
    did(page.post("/api/sync/withdraw", json={"scope": "crops"}))
    drain(served)
    assert (len(collector.kept), collector.withdrawn[-1].consent) == (0, before.consent)
    agreed = did(page.post("/api/sync/consent", json={"sharing": NOTHING}))["consent"]
    assert agreed["number"] > before.consent
    drain(served)
    assert len(collector.kept) == 2
    did(page.post("/api/sync/withdraw", json={"scope": "all"}))
    drain(served)
    assert collector.withdrawn[-1].consent == agreed["number"]


def test_a_collector_put_back_to_before_this_device_came_gets_everything_again(
    served: Served,
    page: httpx.Client,
    collector: PaperCollector,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    did(page.post("/api/sync/consent", json={"sharing": NOTHING}))
    did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    record(served, 2)
    drain(served)
    monkeypatch.setattr("paper_collector.DEVICE", "d1" * 16)  # it does not know the key
    collector.kept.clear()
    collector.seqs.clear()
    did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    drain(served)
    accounts = did(page.get("/api/sync"))["accounts"]
    assert (accounts["accepted"], accounts["waiting"], len(collector.kept)) == (2, 0, 2)


def test_enrolling_anew_as_another_device_sends_nothing_twice(
    served: Served,
    page: httpx.Client,
    collector: PaperCollector,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    did(page.post("/api/sync/consent", json={"sharing": NOTHING}))
    did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    record(served, 2)
    drain(served)
    monkeypatch.setattr("paper_collector.DEVICE", "d1" * 16)
    collector.kept.clear()  # the new device has sent it nothing
    collector.seqs.clear()
    did(page.delete("/api/sync/enrolment"))  # its key goes with that
    did(page.post("/api/sync/enrol", json={"url": address, "code": CODE}))
    drain(served)
    accounts = did(page.get("/api/sync"))["accounts"]
    assert (accounts["accepted"], accounts["waiting"]) == (2, 0)
    assert not collector.kept
