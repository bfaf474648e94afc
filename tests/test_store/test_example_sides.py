"""Sides: what belongs together goes to one side, and no picture ever changes its own."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_world import ExampleWorld, seen, taken, vector
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_records import SPACE, HandClock, said, send, sha256_of

from store.local.errors import StoreError
from store.local.learning import collecting, sides
from store.local.learning.near import LIMIT, near_pairs, units
from store.local.learning.sides import side_of, taken_at
from store.local.opening import LocalStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


@pytest.fixture
def world(store: LocalStore) -> ExampleWorld:
    return ExampleWorld(store)


def test_sixty_fifteen_and_twenty_five_in_a_hundred() -> None:
    hashes = (hashlib.sha256(str(number).encode()).digest() for number in range(10_000))
    shares = Counter(side_of(sha256) for sha256 in hashes)
    assert shares["train"] == pytest.approx(6000, abs=150)
    assert shares["calibration"] == pytest.approx(1500, abs=110)
    assert shares["holdout"] == pytest.approx(2500, abs=130)


def test_the_side_is_that_of_the_first_pictures_hash(world: ExampleWorld) -> None:
    for number in range(40):
        world.picture(number, group=number // 2)
        world.say(number, "wolf")
    sides = world.sides()
    assert set(sides.values()) == {0, 1, 2}
    for number in range(40):
        first = sha256_of(f"picture {number // 2 * 2}")
        side = ("train", "calibration", "holdout")[sides[sha256_of(f"picture {number}")]]
        assert side == side_of(bytes.fromhex(first))


def test_pictures_within_a_minute_are_one_burst(store: LocalStore, world: ExampleWorld) -> None:
    """A chain of them, however long; 61 seconds apart are two, and no time is no burst."""
    times = ["10:00:00", "10:00:55", "10:01:50", "10:02:51", "no time", "no time"]
    for number, time in enumerate(times):
        send(store.statistics, seen(number, vector(number), picture=taken(number, f"2026:05:01 {time}")))
        send(store.statistics, said(100 + number, about=number))
    world.sides()
    assert bursts(store) == [1, 1, 1, 2, 3, 4]


def bursts(store: LocalStore) -> list[int]:
    with store.database.read() as db:
        rows = db.execute_sql("SELECT burst FROM example_side ORDER BY picture").fetchall()
    return [burst for (burst,) in rows]


@pytest.mark.parametrize("text", [None, "", "0000:00:00 00:00:00", "2026:13:01 10:00:00", "yesterday"])
def test_what_is_no_time_of_capture(text: str | None) -> None:
    assert taken_at(text) is None


def test_the_time_of_capture_as_cameras_write_it() -> None:
    first, second = taken_at("2026:05:01 10:00:00"), taken_at("2026-05-01T10:00:07.5+02:00")
    assert first is not None
    assert second is not None
    assert second - first == 7


def test_a_new_picture_joins_the_oldest_burst_that_it_touches(store: LocalStore, world: ExampleWorld) -> None:
    """It is near the second by its looks and near the first by its time."""
    send(store.statistics, seen(1, vector(1), picture=taken(1, "2026:05:01 10:00:00")), said(11, about=1))
    send(store.statistics, seen(2, vector(2)), said(12, about=2))
    world.sides()
    send(store.statistics, seen(3, vector(2, 3), picture=taken(3, "2026:05:01 10:00:30")), said(13, about=3))
    world.sides()
    assert bursts(store) == [1, 2, 1]


def test_a_picture_whose_word_was_taken_back_still_holds_its_like_to_its_side(world: ExampleWorld) -> None:
    held_out = next(n for n in range(100) if side_of(bytes.fromhex(sha256_of(f"picture {n}"))) == "holdout")
    other = next(n for n in range(100) if side_of(bytes.fromhex(sha256_of(f"picture {n}"))) == "train")
    world.picture(held_out, group=1)
    world.say(held_out, "wolf")
    assert world.sides() == {sha256_of(f"picture {held_out}"): 2}
    world.take_back(held_out)
    world.picture(other, group=1)
    world.say(other, "wolf")
    assert world.sides() == {sha256_of(f"picture {other}"): 2}


def test_a_number_that_is_given_again_brings_no_side_along(store: LocalStore, world: ExampleWorld) -> None:
    """The newest picture is erased, and the next one gets its number."""
    held_out = next(n for n in range(100) if side_of(bytes.fromhex(sha256_of(f"picture {n}"))) == "holdout")
    trained = next(n for n in range(100) if side_of(bytes.fromhex(sha256_of(f"picture {n}"))) == "train")
    for number in (held_out, trained):
        world.picture(number, group=number)
        world.say(number, "wolf")
        (side,) = world.sides().values()
        assert side == (2 if number == held_out else 0)
        assert list(world.names()) == [1]
        world.erase(number)


def test_a_picture_that_was_replaced_while_sides_were_found_gets_none(
    store: LocalStore, world: ExampleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number is another's by now; the others get theirs."""
    for number in (1, 2):
        world.picture(number, group=number)
        world.say(number, "wolf")
    real = sides.place

    def replaced_meanwhile(*arguments: Any) -> Any:
        replace = "UPDATE picture SET sha256 = randomblob(32) WHERE number = 1"
        store.database.submit(lambda db: db.execute_sql(replace)).result(60)
        return real(*arguments)

    monkeypatch.setattr(collecting, "place", replaced_meanwhile)
    assert store.examples.collect(SPACE).pictures.tolist() == [2]
    assert bursts(store) == [2]


def test_pairs_are_those_of_the_plain_way() -> None:
    random = np.random.default_rng(5)
    centres = random.standard_normal((40, 32)).astype(np.float32)
    rows = units(
        centres[random.integers(0, 40, 700)] + 0.3 * random.standard_normal((700, 32)).astype(np.float32)
    )
    fresh = np.sort(random.permutation(700)[:550])
    first, second = near_pairs(rows, fresh)
    cosines = rows @ rows.T
    expected = {
        (i, j)
        for i, j in zip(*np.nonzero(np.triu(cosines >= LIMIT, 1)), strict=True)
        if i in set(fresh.tolist()) or j in set(fresh.tolist())
    }
    assert len(first) == len(expected) > 100
    assert {(min(i, j), max(i, j)) for i, j in zip(first.tolist(), second.tolist(), strict=True)} == expected


MIXED = (0, 1, 4, 13, 2, 11, 3, 12, 5)  # alone, these would go to all sides in turn
LABELS = ("wolf", "fox", "cat")
WORDS = ("say", "say", "say", "take back", "erase", "rename", "undo")
STEPS = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 11)), min_size=8, max_size=25)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_a_side_never_changes_and_counts_are_what_is_collected(steps: list[tuple[str, int]]) -> None:
    """Whatever is added, said, taken back, renamed or erased in whatever order."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), HandClock())
        world, known = ExampleWorld(store), dict[str, int]()
        for what, which in steps:
            play(world, what, which)
            known = {name: side for name, side in known.items() if name in world.names().values()}
            found = world.sides()
            assert found == {name: known.get(name, side) for name, side in found.items()}
            known |= found
            assert_counted(world)
        store.close()


def play(world: ExampleWorld, what: str, which: int) -> None:
    """One step; `which` chooses among the pictures that may take it, or a label."""
    there = sorted(world.words)
    if what == "say":
        place = which % len(MIXED)
        number = MIXED[place]
        if number not in {*there, *world.erased}:
            world.picture(number, place % 3, picture=taken(number, f"2026:05:01 10:{place // 2 * 2:02}:00"))
        if number not in world.erased:
            world.say(number, (*LABELS, None)[which % 4])
    elif what in ("take back", "erase") and there:
        getattr(world, what.replace(" ", "_"))(there[which % len(there)])
    elif what in ("rename", "undo"):
        with suppress(StoreError):
            change_labels(world, what, which)


def change_labels(world: ExampleWorld, what: str, which: int) -> None:
    book = world.store.label_book
    old, new = LABELS[which % 3], LABELS[which // 3 % 3]
    if what == "undo":
        book.undo(1 + which % 3)
    elif any(label.label == new for label in world.store.examples.counts(None)):
        book.merge(old, new)
    else:
        book.rename(old, new)


def assert_counted(world: ExampleWorld) -> None:
    """The counts, what is collected, and the words as the test itself remembers them agree."""
    counts, nothing = world.store.examples.counted(SPACE)
    counted = {one.label: one.embeddings for one in counts} | {None: nothing.embeddings}
    assert Counter({label: count for label, count in counted.items() if count}) == world.collected()
    assert all(one.confirmed + one.corrected == one.embeddings == one.crops for one in counts)
    resolve = world.store.label_book.resolve
    said_last = Counter(label and resolve(label) for label in world.labels().values())
    assert said_last == world.collected()
