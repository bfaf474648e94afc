"""What is erased here is told to the collector until it has let go of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_records import HandClock, sha256_of, uuid_bytes
from paper_collector import PaperCollector, random_harms, refusal, says, takes_but_says
from sync_world import Device

from store.local.erased_sent import ErasedSent
from store.local.erasure.scope import Scope
from store.local.removal import remove_records
from store.protocol_beside import ERASE, MOST_ERASED
from store.sync.verdict import Response


@pytest.fixture
def collector() -> PaperCollector:
    return PaperCollector()


def forget(device: Device, **scope: object) -> None:
    """As the user does, to the end."""
    entry = device.store.upkeep.erase(Scope(**scope))  # type: ignore[arg-type]
    device.store.upkeep.finish()
    assert entry.number > 0


def hexes(*numbers: int) -> set[str]:
    return {uuid_bytes(number).hex() for number in numbers}


def picture(number: int) -> dict[str, object]:
    return {"picture": {"sha256": sha256_of(f"picture {number}"), "fileName": "a.jpg"}}


def test_what_is_erased_is_told_before_anything_is_sent(device: Device, collector: PaperCollector) -> None:
    device.record(1, 2, **picture(1))
    device.record(3, 2)
    device.drain()
    forget(device, picture_sha256=sha256_of("picture 1"))
    assert device.engine.state().erasing == 2
    device.record(10, 1)
    asked = collector.asked.total()
    device.engine.once()
    assert (collector.erased, collector.asked.total()) == (hexes(1, 2), asked + 1)
    assert device.engine.state().erasing == 0
    device.drain()
    assert collector.asked[ERASE] == 1
    assert hexes(10) <= set(collector.kept)


def test_a_user_who_sends_nothing_any_more_is_still_heard(device: Device, collector: PaperCollector) -> None:
    device.record(1, 1)
    device.drain()
    device.memory.say(lambda known: (type(known.consent)(number=9), None))
    forget(device, everything=True)
    assert device.engine.once().wait_s == 0
    assert collector.erased == hexes(1)
    assert device.engine.once().phase == "no_consent"


@pytest.mark.parametrize(
    "harm",
    [says(Response(failure="offline")), takes_but_says(Response(failure="cut")), says(refusal(503))],
    ids=["lost on the way", "lost on the way back", "busy"],
)
def test_it_is_told_until_it_was_heard(device: Device, collector: PaperCollector, harm: object) -> None:
    device.record(1, 3)
    device.drain()
    forget(device, everything=True)
    collector.harms = [harm]  # type: ignore[list-item]
    assert device.engine.once().phase == "waiting"
    device.restart()
    assert device.engine.state().erasing == 3
    device.drain()
    assert (collector.erased, device.engine.state().erasing) == (hexes(1, 2, 3), 0)


def test_any_harm_at_all_leaves_nothing_untold(device: Device, collector: PaperCollector) -> None:
    device.record(1, 40)
    device.drain()
    collector.harms = list(random_harms(7, 60))
    forget(device, everything=True)
    device.drain()
    assert collector.erased == hexes(*range(1, 41))


def test_a_lot_is_told_a_part_at_a_time(device: Device, collector: PaperCollector) -> None:
    many = MOST_ERASED + 5
    for first in range(1, many, 500):
        device.record(first, min(500, many - first + 1))
    device.drain()
    forget(device, everything=True)
    device.drain()
    assert (len(collector.erased), collector.asked[ERASE]) == (many, 2)


def test_a_collector_that_does_not_know_of_it_is_sent_the_rest(
    device: Device, collector: PaperCollector
) -> None:
    device.record(1, 2, **picture(1))
    device.drain()
    forget(device, picture_sha256=sha256_of("picture 1"))
    device.record(5, 1)
    collector.harms = [says(refusal(404, "not-found"))]
    device.drain()
    assert (collector.erased, device.engine.state().erasing) == (set(), 2)
    assert hexes(5) <= set(collector.kept)
    device.restart()
    device.drain()
    assert collector.erased == hexes(1, 2)


def test_a_device_that_never_belonged_anywhere_remembers_nothing(tmp_path: Path) -> None:
    device = Device(tmp_path, PaperCollector(), HandClock())
    device.record(1, 2)
    forget(device, everything=True)
    assert ErasedSent(device.store.database).count() == 0
    device.close()


def test_retention_erases_nothing_at_the_collector(device: Device) -> None:
    device.record(1, 2)
    device.drain()
    device.store.database.submit(lambda db: remove_records(db.connection(), [1], "retention")).result()
    assert ErasedSent(device.store.database).count() == 0
