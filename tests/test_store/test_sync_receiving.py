"""The team's labels arrive at a device when they changed, and are in nobody's way."""

from __future__ import annotations

import pytest
from paper_collector import PaperCollector, answer, refusal, says
from sync_world import Device

from store.protocol_beside import LABELS, SharedLabel
from store.sync.verdict import Response

WOLF = SharedLabel("grey wolf", "Canis lupus", ["lobo", "timber wolf"])


@pytest.fixture
def collector() -> PaperCollector:
    return PaperCollector()


def test_a_list_arrives_once_and_again_when_it_changed(device: Device, collector: PaperCollector) -> None:
    device.record(1, 1)
    collector.etag, collector.labels = "one", [WOLF]
    device.drain()
    assert device.store.labels.shared() == [WOLF]
    assert device.engine.state().labels == "one"
    asked = collector.asked[LABELS]
    device.record(2, 5)
    device.drain()
    assert collector.asked[LABELS] == asked
    collector.etag, collector.labels = "two", [SharedLabel("red wolf"), WOLF]
    device.record(10, 1)
    device.drain()
    assert [label.name for label in device.store.labels.shared()] == ["grey wolf", "red wolf"]
    device.restart()
    assert device.engine.state().labels == "two"


def test_a_device_with_nothing_to_send_asks_at_its_start(device: Device, collector: PaperCollector) -> None:
    collector.etag, collector.labels = "one", [WOLF]
    device.drain()
    assert device.store.labels.shared() == [WOLF]
    device.restart()
    device.drain()
    assert device.store.labels.shared() == [WOLF]


@pytest.mark.parametrize(
    "told",
    [Response(failure="cut"), refusal(404, "not-found"), refusal(500), Response(200, "text/html", b"<p>"),
     answer({"collector_id": "other", "server_time": 1, "etag": "x", "labels": []})],
    ids=["cut", "an older collector", "in trouble", "a portal", "another collector"],
)  # fmt: skip
def test_a_list_that_does_not_come_holds_nothing_up(
    device: Device, collector: PaperCollector, told: Response
) -> None:
    collector.etag, collector.labels = "one", [WOLF]
    device.drain()
    collector.etag, collector.labels = "two", []
    device.record(1, 1)
    device.engine.once()
    collector.harms = [says(told)]
    assert device.engine.once().phase == "idle"
    assert device.store.labels.shared() == [WOLF]
    device.record(2, 1)
    device.drain()
    assert (device.store.labels.shared(), device.engine.state().labels) == ([], "two")
    assert device.store.outbox.accounts().accepted == 2


def test_another_collectors_list_takes_the_place_of_the_first(
    device: Device, collector: PaperCollector
) -> None:
    collector.etag, collector.labels = "one", [WOLF]
    device.record(1, 1)
    device.drain()
    collector.etag, collector.labels = None, []
    device.record(2, 1)
    device.drain()
    assert (device.store.labels.shared(), device.engine.state().labels) == ([], None)
