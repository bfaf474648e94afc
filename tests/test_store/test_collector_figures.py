"""Figures across devices, the records behind them, and a replica that is read, on both databases."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from collecting import Sender, enrolled, inference, said_of
from local_records import NOW
from postgres_server import PostgresServer
from two_hands import TwoHands

from store.collector.analytics import AGAIN_S, Analytics
from store.collector.backup import back_up, restore
from store.collector.database import CollectorDatabase
from store.collector.errors import Unreachable, WrongSchema
from store.collector.migrations import migrate
from store.collector.opening import open_database
from store.collector.records import Records, Wanted
from store.collector.service import Collector
from store.collector.team_figures import Checked, Figure, Narrowed, TeamFigures
from store.local.figures.intervals import wilson
from store.protocol_beside import SharedLabel

DAY_MS = 86_400_000


def figures(collector: Collector, by: Any = "version", **narrowed: Any) -> dict[str, Figure]:
    collector.count()
    found = TeamFigures(collector.analytics, collector.clock).by(by, Narrowed(**narrowed))
    return {figure.name: figure for figure in found}


def records(collector: Collector, **wanted: Any) -> list[bytes]:
    collector.count()
    found = Records(collector.analytics, collector.clock).find(Wanted(**wanted))
    return [each.event_id for each in found]


def recognises(sender: Sender, name: str, took: float, **others: Any) -> dict[str, Any]:
    record = inference(name, "owl", totalTime=took, modelVersion=others.pop("version", "one"))
    return sender.event(record, **others)


def checked(sender: Sender, answer: dict[str, Any], **said: Any) -> dict[str, Any]:
    blind = said.pop("blind", False)
    return sender.event({**said_of(answer["event_id"], **said), "blind": blind})


def test_times_of_devices_add_up_to_those_of_a_version(collector: Collector) -> None:
    quick, slow = enrolled(collector, "quick"), enrolled(collector, "slow")
    collector.take(quick.batch(*(recognises(quick, f"a{n}", 10 + n) for n in range(60))))
    collector.take(slow.batch(*(recognises(slow, f"b{n}", 100 + n) for n in range(40))))
    both = figures(collector)["one"]
    assert (both.pictures, both.timed) == (100, 100)
    values = sorted([*range(10, 70), *range(100, 140)])
    for estimate, rank in zip(both.times, (50, 95, 99), strict=True):
        assert estimate.value == pytest.approx(values[rank - 1], rel=0.011)
    assert both.times[0].low is not None
    by_device = figures(collector, "device")
    assert {name: figure.pictures for name, figure in by_device.items()} == {"quick": 60, "slow": 40}
    slower = records(collector, slower=both.slower[1], narrowed=Narrowed(version="one"))
    assert len(slower) == sum(value > both.slower[1] for value in values) > 0


def test_what_people_checked_has_wilsons_interval(collector: Collector) -> None:
    sender = enrolled(collector)
    answers = [recognises(sender, f"a{n}", 10) for n in range(10)]
    collector.take(sender.batch(*answers))
    words = [checked(sender, answer, isCorrect=n < 7, blind=n < 2) for n, answer in enumerate(answers[:9])]
    unsure = checked(sender, answers[9], isCorrect=None)
    collector.take(sender.batch(*words, unsure))
    figure = figures(collector)["one"]
    assert figure.checked == Checked(7, 2, 1)
    assert figure.checked.share == wilson(7, 9)
    assert figure.by_chance == Checked(2, 0, 0)
    for word, count in (("right", 7), ("wrong", 2), ("unsure", 1), ("judged", 9)):
        assert len(records(collector, word=word)) == count
    assert len(records(collector, word="right", by_chance=True)) == 2


def test_what_the_team_settled_counts_before_what_a_device_said(collector: Collector) -> None:
    one, other = enrolled(collector), enrolled(collector, "other")
    for sender in (one, other):
        answer = recognises(sender, "a", 10)
        said = {"isCorrect": True} if sender is one else {"isCorrect": False, "correctedLabel": "kite"}
        collector.take(sender.batch(answer, checked(sender, answer, **said)))
    assert figures(collector)["one"].checked == Checked(1, 1, 0)
    picture = hashlib.sha256(b"a").digest()
    settled = collector.settling.settle(picture, "tawny owl", "lars")
    assert figures(collector)["one"].checked == Checked(0, 2, 0)
    collector.labels.put(SharedLabel("tawny owl", None, ["owl"]), "ada")
    assert figures(collector)["one"].checked == Checked(2, 0, 0)
    assert len(records(collector, word="right")) == 2
    collector.settling.undo(settled.id, "lars")
    collector.settling.settle(picture, None, "lars")
    assert figures(collector)["one"].checked == Checked(0, 0, 2)


def test_days_devices_and_versions_narrow_figures_and_records_alike(collector: Collector) -> None:
    one, other = enrolled(collector), enrolled(collector, "other")
    old = {"ts": NOW - 40 * DAY_MS}
    collector.take(
        one.batch(
            recognises(one, "a", 1), recognises(one, "b", 2, **old), recognises(one, "c", 3, version="two")
        )
    )
    collector.take(other.batch(recognises(other, "d", 4)))
    for narrowed, names in (
        ({}, "abcd"),
        ({"days": 30}, "acd"),
        ({"days": 41}, "abcd"),
        ({"device": one.device_id}, "abc"),
        ({"device": one.device_id, "version": "one", "days": 7}, "a"),
    ):
        assert sum(figure.pictures for figure in figures(collector, **narrowed).values()) == len(names)
        assert len(records(collector, narrowed=Narrowed(**narrowed))) == len(names)


def test_records_come_a_page_at_a_time(collector: Collector) -> None:
    sender = enrolled(collector)
    collector.take(sender.batch(*(recognises(sender, f"a{n}", 10) for n in range(7))))
    finder = Records(collector.analytics, collector.clock)
    seen, after = list[bytes](), None
    while page := finder.find(Wanted(after=after), 3):
        seen += [each.event_id for each in page]
        after = page[-1].place
    assert len(seen) == len(set(seen)) == 7
    picture = hashlib.sha256(b"a3").digest()
    assert [each.picture for each in finder.find(Wanted(picture=picture))] == [picture]


def test_a_time_that_is_none_breaks_no_page(collector: Collector) -> None:
    sender = enrolled(collector)
    collector.take(sender.batch(sender.event(inference("a", totalTime="soon")), recognises(sender, "b", 10)))
    assert len(records(collector)) == 2
    assert len(records(collector, slower=5.0)) == 1


@pytest.fixture
def copied(collector_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a replica of the collector's database may be put."""
    if "postgresql" not in collector_url:
        return str(tmp_path / "replica.sqlite3")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.empty_database()


def test_a_replica_is_read_and_says_how_old_it_is(
    collector: Collector, collector_url: str, copied: str, tmp_path: Path, clock: TwoHands
) -> None:
    sender = enrolled(collector)
    collector.take(sender.batch(recognises(sender, "a", 10)))
    collector.count()
    back_up(collector_url, tmp_path / "copy")
    restore(copied, tmp_path / "copy")
    collector.take(sender.batch(recognises(sender, "b", 10)))
    clock.run(180_000)
    collector.count()
    clock.run(60_000)
    replica = Analytics(collector.database, clock, lambda: open_database(copied, may_make=False))
    told = replica.as_of()
    assert (told.age_ms, told.replica, told.uncounted) == (240_000, True, 0)
    assert collector.analytics.as_of()[1:3] == (60_000, False)
    of_replica = TeamFigures(replica, clock).by("version", Narrowed())
    assert [figure.pictures for figure in of_replica] == [1]
    assert figures(collector)["one"].pictures == 2
    replica.close()


def test_another_collectors_database_is_no_replica(
    collector: Collector, copied: str, clock: TwoHands
) -> None:
    empty = Analytics(collector.database, clock, lambda: open_database(copied))
    with pytest.raises(WrongSchema, match="is empty"):
        empty.as_of()
    other = open_database(copied)
    migrate(other, clock)
    other.close()
    with pytest.raises(WrongSchema, match="is empty"):
        empty.as_of()
    clock.run(int(AGAIN_S * 1000))
    with pytest.raises(WrongSchema, match="another collector's"):
        empty.as_of()


def test_a_replica_that_is_away_is_not_tried_at_every_request(collector: Collector, clock: TwoHands) -> None:
    tried = list[int]()

    def away() -> CollectorDatabase:
        tried.append(1)
        raise Unreachable("Away.")

    analytics = Analytics(collector.database, clock, away)
    for _ in range(3):
        with pytest.raises(
            Unreachable, match=r"The replica .* can't be reached \(Away\.\)\. .* --analytics-url"
        ):
            analytics.as_of()
    assert len(tried) == 1
    clock.run(int(AGAIN_S * 1000))
    with pytest.raises(Unreachable):
        analytics.as_of()
    assert len(tried) == 2
