"""What a device has to tell of releases, by file: kept at the collector, and heard by the receipt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_world import FieldLaptop, read_at
from msgspec import structs
from releasing import open_shop
from two_hands import TwoHands

from store.bundles.receipt_file import receipt_beside
from store.collector.bundles import NOT_READABLE
from store.collector.database import CollectorDatabase
from store.collector.service import Collector
from store.protocol_releases import CarriedReport, CarriedReports
from store.releases.making import release_of
from store.sync.forms import SyncError
from store.sync.releases.forms import Course, Told


@pytest.fixture
def collector(collector_database: CollectorDatabase, tmp_path: Path) -> Collector:
    """It has release 1."""
    collector = Collector(collector_database, TwoHands())
    shop = open_shop(tmp_path)
    shop.signed(1)
    made = tmp_path / "head-1"
    collector.release_keys.set_first([shop.key.public_key], "admin")
    collector.releases.add(release_of(made), made, "admin", percent=100, groups=None)
    return collector


@pytest.fixture
def laptop(tmp_path: Path, collector: Collector) -> Iterator[FieldLaptop]:
    made = FieldLaptop(tmp_path / "laptop", collector)
    made.device.agree()
    yield made
    made.close()


def tells(laptop: FieldLaptop, version: int, state: str, **figures: float) -> None:
    before = laptop.releases.course()
    course = Course(laptop.collector.id.hex(), version, "0" * 64, "watch", str(figures))
    told = Told(course.collector_id, version, state, dict(figures))  # type: ignore[arg-type]
    assert laptop.releases.go(before, course, told)


def kept(collector: Collector) -> list[tuple[str, str, dict[str, object]]]:
    return [(each.device, each.state, each.figures) for each in collector.release_reports.of(1)]


def test_reports_travel_once_and_what_was_said_since_is_told_next(
    laptop: FieldLaptop, collector: Collector, tmp_path: Path
) -> None:
    file = tmp_path / "anna.whimbrel"
    tells(laptop, 1, "active", judged=10)
    tells(laptop, 1, "rolled-back", judged=20)
    tells(laptop, 9, "active")
    assert (laptop.bundling.write(file).parts, laptop.bundling.write(file, replace=True).records) == (1, 0)
    tells(laptop, 1, "active", judged=30)
    for _ in range(2):
        [taken] = read_at(collector, file)
        assert [each.version for each in taken.reported] == [1, 1], "nothing is known of release 9 there"
    said = [("field laptop", "active", {"judged": 10}), ("field laptop", "rolled-back", {"judged": 20})]
    assert sorted(kept(collector), key=str) == sorted(said, key=str)
    laptop.bundling.receive(receipt_beside(file))
    left = [(each.version, each.state, each.figures) for each in laptop.releases.reports()]
    assert left == [(9, "active", {}), (1, "active", {"judged": 30})]
    laptop.bundling.write(file, replace=True)
    read_at(collector, file)
    assert ("field laptop", "active", {"judged": 30}) in kept(collector)


def test_reports_in_another_s_name_are_not_kept(
    laptop: FieldLaptop, collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_another(schema: int, _: str, reports: list[CarriedReport]) -> CarriedReports:
        return CarriedReports(schema, "0" * 32, reports)

    tells(laptop, 1, "active")
    monkeypatch.setattr("store.sync.bundling.CarriedReports", of_another)
    laptop.bundling.write(tmp_path / "anna.whimbrel")
    [taken] = read_at(collector, tmp_path / "anna.whimbrel")
    assert (taken.problem, kept(collector)) == (NOT_READABLE, [])


def test_nothing_is_reported_without_consent(laptop: FieldLaptop, tmp_path: Path) -> None:
    tells(laptop, 1, "active")
    laptop.device.memory.say(lambda known: (structs.replace(known.consent, given=False), None))
    with pytest.raises(SyncError, match="not agreed"):
        laptop.bundling.write(tmp_path / "anna.whimbrel")
