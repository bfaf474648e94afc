"""Lineage: which pictures made a version and which versions a picture is in, of what is still there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from example_world import ExampleWorld
from local_records import SPACE, HandClock, sha256_of

from store.local.learning.example_forms import SIDES, LineageFilter, LineageRow, VersionPart, Window
from store.local.learning.sides import side_of
from store.local.opening import LocalStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


@pytest.fixture
def world(store: LocalStore) -> ExampleWorld:
    """Six pictures of which two made version `one` and all made `two`."""
    world = ExampleWorld(store)
    for number in range(1, 7):
        world.picture(number, group=number)
        world.say(number, "wolf" if number % 2 else None)
    rows = collected(store)
    store.examples.keep_lineage("one", rows[:2])
    store.examples.keep_lineage("two", rows)
    return world


def collected(store: LocalStore) -> list[LineageRow]:
    found = store.examples.collect(SPACE)
    parts = zip(found.pictures, found.sides, found.labels, strict=True)
    return [LineageRow(int(picture), SIDES[side], label) for picture, side, label in parts]


def test_both_ways(store: LocalStore, world: ExampleWorld) -> None:
    rows = collected(store)
    assert store.examples.lineage("one") == rows[:2]
    assert store.examples.lineage("two") == rows
    assert store.examples.lineage("three") == []
    first = rows[0]
    assert store.examples.versions_of(sha256_of("picture 1")) == [
        VersionPart("one", first.side, "wolf"),
        VersionPart("two", first.side, "wolf"),
    ]
    assert store.examples.versions_of(sha256_of("nothing")) == []


def test_what_is_kept_twice_is_there_once(store: LocalStore, world: ExampleWorld) -> None:
    store.examples.keep_lineage("two", collected(store))
    assert len(store.examples.lineage("two")) == 6


def test_pages(store: LocalStore, world: ExampleWorld) -> None:
    first = store.examples.lineage_page("two", LineageFilter(), Window(0, 4))
    last = store.examples.lineage_page("two", LineageFilter(), Window(first.next or 0, 4))
    shown = [picture.sha256 for picture in (*first.pictures, *last.pictures)]
    assert shown == [sha256_of(f"picture {number}") for number in range(1, 7)]
    assert (len(first.pictures), last.next) == (4, None)
    wolves = store.examples.lineage_page("two", LineageFilter(label="wolf"), Window(0, 10))
    assert [picture.label for picture in wolves.pictures] == ["wolf"] * 3
    for side in SIDES:
        there = store.examples.lineage_page("two", LineageFilter(side=side), Window(0, 10)).pictures
        assert len(there) == sum(row.side == side for row in collected(store))


def test_a_picture_that_was_erased_during_the_training_is_left_out(
    store: LocalStore, world: ExampleWorld
) -> None:
    """Also where another picture has its number by now, and a side of its own."""
    rows = collected(store)
    world.erase(6)
    store.examples.keep_lineage("three", rows)
    assert store.examples.lineage("three") == rows[:5]
    was = bytes.fromhex(sha256_of("picture 6"))
    other = next(n for n in range(8, 99) if side_of(bytes.fromhex(sha256_of(f"picture {n}"))) != side_of(was))
    world.picture(other, group=other)
    world.say(other, "fox")
    assert len(collected(store)) == 6
    store.examples.keep_lineage("three", rows)
    assert store.examples.lineage("three") == rows[:5]
    assert len(store.examples.lineage("two")) == 5
