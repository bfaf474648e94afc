"""What was taken back stays known to the device, and is told again where the collector has forgotten it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import uuid_bytes
from msgspec import structs
from paper_collector import PaperCollector, refusal, says
from sync_world import ENROLMENT, Device

from store.protocol import EVENTS, FORGOTTEN, ME, WITHDRAW
from store.sync.forms import Pause, Standing, Withdrawal
from store.sync.memory import MOST_WITHDRAWN
from store.sync.standing import LOOK_EVERY_S
from store.sync.verdict import Response

HERE, THERE = "c0" * 16, "c1" * 16


@pytest.fixture
def collector() -> PaperCollector:
    return PaperCollector()


@pytest.fixture
def device(tmp_path: Path, collector: PaperCollector) -> Iterator[Device]:
    made = Device(tmp_path, collector).ready()
    yield made
    made.close()


def take_back(device: Device, scope: str = "all") -> None:
    before = device.memory.now().consent
    after = structs.replace(before, number=before.number + 1, given=before.given and scope != "all")
    device.memory.say(lambda _: (after, Withdrawal(scope, before.number, 1)))  # type: ignore[arg-type]
    device.drain()


def told(collector: PaperCollector) -> list[tuple[str, int, bool]]:
    return [(one.scope, one.consent, one.again) for one in collector.withdrawn]


@pytest.mark.parametrize(
    ("later", "made_up"),
    [
        (Withdrawal("all", 7, 1), True),
        (Withdrawal("crops", 7, 1), True),
        (Withdrawal("crops", 5, 1), True),
        (Withdrawal("crops", 4, 1), False),
        (Withdrawal("places", 7, 1), False),
        (Withdrawal("all", 7, 1, since=9), False),
    ],
)
def test_one_that_another_makes_up_for_need_not_be_kept(later: Withdrawal, made_up: bool) -> None:
    earlier = Standing(HERE, Withdrawal("crops", 5, 1))
    assert earlier.is_in(Standing(HERE, later)) is made_up
    assert not earlier.is_in(Standing(THERE, later))


def test_one_of_a_time_is_made_up_for_by_one_that_begins_no_later() -> None:
    earlier = Standing(HERE, Withdrawal("crops", 5, 1, since=10))
    for since, made_up in ((None, True), (9, True), (10, True), (11, False)):
        assert earlier.is_in(Standing(HERE, Withdrawal("crops", 5, 1, since))) is made_up


def test_each_is_told_again_in_its_order_and_only_once(device: Device, collector: PaperCollector) -> None:
    take_back(device, "crops")
    take_back(device, "places")
    collector.withdrawn.clear()
    device.record(1, 2)
    device.drain()
    assert told(collector) == [("crops", 1, True), ("places", 2, True)]
    assert set(collector.kept) == {uuid_bytes(1).hex(), uuid_bytes(2).hex()}
    take_back(device)
    assert [one.word.scope for one in device.memory.now().standing] == ["all"]


def test_a_collector_that_goes_on_forgetting_is_not_asked_without_a_pause(
    device: Device, collector: PaperCollector
) -> None:
    take_back(device, "crops")
    device.record(1, 1)
    device.drain()
    device.record(2, 1)
    collector.harms = [says(refusal(409, FORGOTTEN)), says(refusal(409, FORGOTTEN))] * 4
    waits = [device.engine.once().wait_s for _ in range(3)]
    assert waits == [1.0, 2.0, 4.0]
    assert "put back" in device.engine.state().sentence


def test_a_refusal_that_is_not_the_collector_s_repeats_nothing(
    device: Device, collector: PaperCollector
) -> None:
    take_back(device, "crops")
    device.record(1, 1)
    stranger = refusal(409, FORGOTTEN, collector_id=THERE)
    collector.harms = [says(stranger)]
    device.drain()
    assert (told(collector), len(collector.kept)) == ([("crops", 1, False)], 1)


def test_what_another_collector_knows_is_not_told_to_this_one(
    device: Device, collector: PaperCollector
) -> None:
    take_back(device, "crops")
    device.memory.enrol(structs.replace(ENROLMENT, collector_id=THERE))
    assert device.memory.now().withdrawn_at(THERE) == 0
    device.memory.enrol(ENROLMENT)
    assert device.memory.now().withdrawn_at(HERE) == 1


def test_it_is_looked_once_a_day_and_not_while_paused(device: Device, collector: PaperCollector) -> None:
    take_back(device)
    for _ in range(2):
        assert collector.asked[ME] == 1
        assert 0 < (device.engine.once().wait_s or 0) <= LOOK_EVERY_S
    device.clock.now += int(LOOK_EVERY_S * 1000)
    device.memory.pause(Pause("user"))
    assert device.engine.once().wait_s is None
    device.memory.pause(None)
    device.engine.once()
    assert collector.asked[ME] == 2


def test_without_an_answer_it_is_looked_again_before_anything_goes(
    device: Device, collector: PaperCollector
) -> None:
    device.record(1, 1)
    collector.no_me = Response(failure="offline")
    assert device.engine.once().phase == "waiting"
    assert collector.asked[EVENTS] == 0
    collector.no_me = None
    device.drain()
    assert (collector.asked[EVENTS], collector.asked[WITHDRAW]) == (1, 0)


@pytest.mark.parametrize(("said", "learnt"), [(5, 5), (MOST_WITHDRAWN + 1, 0)])
def test_a_number_that_leaves_none_for_the_next_word_is_not_believed(
    device: Device, collector: PaperCollector, said: int, learnt: int
) -> None:
    device.memory.learn(said)
    known = device.memory.now()
    assert (known.withdrawn, known.consent.given) == (learnt, learnt == 0)
