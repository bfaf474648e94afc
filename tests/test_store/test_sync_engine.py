"""The engine against a collector that misbehaves: nothing lost, nothing doubled, all accounted for."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest
from local_records import uuid_bytes
from msgspec import structs
from paper_collector import (
    COLLECTOR,
    PaperCollector,
    answer,
    every_harm,
    random_harms,
    refusal,
    says,
    takes_but_says,
)
from sync_world import ENROLMENT, Device

from store.local.errors import StoreFull
from store.local.outbox_values import Answer, Lease, Settled
from store.protocol import EVENTS, RECONCILE
from store.sync.forms import Withdrawal
from store.sync.verdict import Response


@pytest.fixture
def collector() -> PaperCollector:
    return PaperCollector()


def whole(device: Device, collector: PaperCollector, first: int, count: int) -> None:
    """All of these are at the collector, once, and nothing waits."""
    assert set(collector.kept) == {uuid_bytes(first + one).hex() for one in range(count)}
    told = device.store.outbox.accounts()
    assert (told.waiting, told.rejected, told.accepted) == (0, {}, told.recorded)


def test_records_arrive_and_are_counted(device: Device, collector: PaperCollector) -> None:
    device.record(1, 1000)
    device.record(1001, 200)
    outcomes = device.drain()
    assert sum(outcome.decided for outcome in outcomes) == 1200
    assert outcomes[-1].phase == "idle"
    whole(device, collector, 1, 1200)
    state = device.engine.state()
    assert (state.phase, state.contact.code, state.contact.last_ms) == ("idle", "", device.clock.now)
    later = device.engine.state()
    assert (later.run, later.number) == (state.run, state.number + 1)


@pytest.mark.parametrize(("said", "kept"), [(None, 0.0), (120, 120.0), (10**9, 900.0)])
def test_the_collector_says_over_how_long_devices_come_back(
    device: Device, collector: PaperCollector, said: int | None, kept: float
) -> None:
    collector.spread_s = said
    device.record(1, 1)
    device.drain()
    assert device.engine.spread_s == kept


def test_nothing_leaves_without_consent(tmp_path: Path, collector: PaperCollector) -> None:
    device = Device(tmp_path, collector)
    device.record(1, 3)
    assert device.engine.once(asked=True).phase == "no_consent"
    device.agree()
    assert device.engine.once(asked=True).phase == "not_enrolled"
    assert not collector.bodies
    device.close()


def test_no_harm_to_a_request_loses_or_doubles(device: Device, collector: PaperCollector) -> None:
    for number, harm in enumerate(every_harm()):
        device.record(1 + 3 * number, 3)
        before = collector.asked[EVENTS]
        collector.harms = [harm]
        device.drain()
        whole(device, collector, 1, 3 * (number + 1))
        assert collector.asked[EVENTS] - before in (1, 2), number


def test_a_long_run_of_harm_with_crashes_in_between(device: Device, collector: PaperCollector) -> None:
    for part in range(3):
        device.record(1 + 100 * part, 100)
        collector.harms = random_harms(part, 25)
        for _ in range(20):
            device.engine.once()
        device.restart()
    collector.harms = []
    device.drain()
    whole(device, collector, 1, 300)


def test_a_poison_record_stands_alone_at_last(device: Device, collector: PaperCollector) -> None:
    collector.poison = {uuid_bytes(300).hex()}
    device.record(1, 600)
    device.drain()
    told = device.store.outbox.accounts()
    assert (told.accepted, told.waiting, told.rejected) == (599, 0, {"wrong-shape": 1})
    assert [one.id for one in device.store.outbox.rejected()] == [uuid_bytes(300)]
    assert collector.asked[EVENTS] < 30


def test_a_batch_that_is_all_poison_costs_little_more_than_a_request_a_record(
    device: Device, collector: PaperCollector
) -> None:
    collector.poison = {uuid_bytes(number).hex() for number in range(1, 101)}
    device.record(1, 300)
    device.drain()
    assert device.store.outbox.accounts().rejected == {"wrong-shape": 100}
    assert len(collector.kept) == 200
    assert collector.asked[EVENTS] < 130


def test_too_large_is_halved(device: Device, collector: PaperCollector) -> None:
    collector.most_events = 60
    device.record(1, 500)
    device.drain()
    whole(device, collector, 1, 500)


def test_a_large_record_that_is_too_large_alone_is_put_aside(
    device: Device, collector: PaperCollector
) -> None:
    collector.most_events = 0
    predictions = [{"className": "x" * 200, "probability": 0.1, "rank": rank + 1} for rank in range(100)]
    device.record(1, 1, predictions=predictions)
    device.drain(3)
    assert device.store.outbox.accounts().rejected == {"oversize": 1}


def test_a_proxy_that_finds_everything_too_large_puts_nothing_aside(
    device: Device, collector: PaperCollector
) -> None:
    collector.harms = [says(Response(413, "text/html", b"nginx"))] * 12
    device.record(1, 9)
    device.drain()
    whole(device, collector, 1, 9)


def test_rejected_by_name_is_put_aside(device: Device, collector: PaperCollector) -> None:
    collector.refused = {uuid_bytes(2).hex(): "malformed"}
    device.record(1, 3)
    device.drain()
    told = device.store.outbox.accounts()
    assert (told.accepted, told.rejected) == (2, {"malformed": 1})


@pytest.mark.parametrize("status", [401, 403])
def test_a_device_that_is_not_let_in_waits_to_be_asked(
    device: Device, collector: PaperCollector, status: int
) -> None:
    device.record(1, 3)
    collector.harms = [says(refusal(status, "revoked"))]
    assert device.engine.once().phase == "paused"
    device.restart()
    assert device.engine.once(asked=True).phase == "paused"
    assert len(collector.bodies) == 1
    device.memory.pause(None)
    device.drain()
    whole(device, collector, 1, 3)


def test_another_schema_keeps_all_and_says_update(device: Device, collector: PaperCollector) -> None:
    device.record(1, 3)
    collector.harms = [says(refusal(426, min_schema=2, max_schema=3))]
    assert device.engine.once().phase == "update_needed"
    assert device.engine.state().phase == "update_needed"
    assert device.store.outbox.accounts().waiting == 3


def test_pauses_grow_with_each_failure_and_end_with_success(
    device: Device, collector: PaperCollector
) -> None:
    device.record(1, 1)
    collector.harms = [says(Response(failure="offline"))] * 14
    waits = [device.engine.once().wait_s for _ in range(14)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]
    assert device.engine.once().decided == 1
    collector.harms = [says(Response(failure="offline"))]
    device.record(2, 1)
    assert device.engine.once().wait_s == 1


def test_retry_after_is_kept_and_spread(device: Device, collector: PaperCollector) -> None:
    device.record(1, 1)
    collector.harms = [says(answer({}, 503, retry_after="30"))]
    assert device.engine.once().wait_s == 31
    assert device.engine.state().next_try_in_s == 31


def test_a_costly_connection_sends_only_what_is_asked_for(tmp_path: Path, collector: PaperCollector) -> None:
    device = Device(tmp_path, collector, costly=lambda: True).ready()
    device.record(1, 2)
    assert device.engine.once().phase == "metered"
    assert not collector.bodies
    device.drain()
    whole(device, collector, 1, 2)
    device.close()


def test_a_device_without_its_key_says_so_and_sends_nothing(
    device: Device, collector: PaperCollector
) -> None:
    device.secrets.found = None
    device.record(1, 1)
    assert device.engine.once().phase == "waiting"
    assert device.engine.state().contact.code == "no-secret"
    assert not collector.bodies


def test_clocks_that_jump_by_years_change_nothing(device: Device, collector: PaperCollector) -> None:
    year = 365 * 24 * 3_600_000
    for jump in (10 * year, -20 * year, 10 * year):
        device.clock.now += jump
        device.record(len(collector.kept) + 1, 5)
        collector.harms = [takes_but_says(Response(failure="cut"))]
        device.drain()
    whole(device, collector, 1, 15)


def test_a_collector_that_was_put_back_gets_again_what_it_lost(
    device: Device, collector: PaperCollector
) -> None:
    device.record(1, 900)
    device.drain()
    for number in (5, 6, 700):
        del collector.kept[uuid_bytes(number).hex()], collector.seqs[uuid_bytes(number).hex()]
    device.engine.compare_soon()
    device.drain()
    whole(device, collector, 1, 900)
    assert device.engine.once().phase == "idle"


def test_everything_is_compared_once_a_day_and_stays_in_the_queue(
    device: Device, collector: PaperCollector
) -> None:
    device.record(1, 2)
    device.drain()
    asked = collector.asked[RECONCILE]
    device.drain()
    assert collector.asked[RECONCILE] == asked == 1
    device.clock.now += 25 * 3_600_000
    device.drain()
    assert collector.asked[RECONCILE] == 2
    assert device.store.outbox.next_accepted(0) is not None


def test_what_was_dropped_is_reported(device: Device, collector: PaperCollector) -> None:
    collector.refused = {uuid_bytes(1).hex(): "malformed"}
    device.record(1, 2)
    device.drain()
    device.store.outbox.discard([1]).result(10)
    device.drain()
    (told,) = collector.dropped
    assert (told.reason, told.from_seq, told.to_seq, told.count) == ("discarded", 1, 1, 1)
    assert device.store.outbox.accounts().unreported_drops == 0


def test_the_body_says_whose_and_which(device: Device, collector: PaperCollector) -> None:
    device.record(1, 2)
    device.drain()
    body = msgspec.json.decode(collector.bodies[0])
    assert (body["schema"], body["first_seq"], body["last_seq"], body["consent"]) == (1, 1, 2, 1)
    assert body["waiting"] == 0
    assert body["queue_epoch"] == device.store.outbox.accounts().epoch.hex()
    assert COLLECTOR not in collector.bodies[0].decode()


def test_what_is_taken_back_while_the_collector_hears_of_something_else_is_not_forgotten(
    device: Device, collector: PaperCollector
) -> None:
    def meanwhile(collector: PaperCollector, path: str, body: bytes, token: str | None) -> Response:
        told = collector.handle(path, body, token)
        device.memory.say(lambda known: (known.consent, Withdrawal("crops", 2, 2)))
        return told

    collector.harms = [meanwhile]
    device.memory.say(lambda known: (known.consent, Withdrawal("embeddings", 1, 1)))
    device.drain()
    assert [one.scope for one in collector.withdrawn] == ["embeddings", "crops"]
    assert device.memory.now().withdrawals == ()


def test_a_refusal_to_the_old_device_does_not_pause_the_new_one(
    device: Device, collector: PaperCollector
) -> None:
    def meanwhile(collector: PaperCollector, path: str, body: bytes, token: str | None) -> Response:
        device.memory.enrol(structs.replace(ENROLMENT, enrolled_at=2))
        return refusal(401, "token-unknown")

    device.record(1, 1)
    collector.harms = [meanwhile]
    device.engine.once()
    device.drain()
    whole(device, collector, 1, 1)


def test_a_memory_that_cannot_be_written_for_a_moment_keeps_no_batch(
    device: Device, collector: PaperCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(lease: Lease, answer: Answer) -> Future[Settled]:
        raise StoreFull("full")

    device.record(1, 5)
    with monkeypatch.context() as patch:
        patch.setattr(device.store.outbox, "settle", full)
        assert device.engine.once().phase == "waiting"
        assert device.engine.state().contact.code == "store"
    device.drain()
    whole(device, collector, 1, 5)
