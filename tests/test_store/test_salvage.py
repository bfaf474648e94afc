"""Salvage: every readable row of a damaged file comes over, the others are counted, the source stays."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import apsw
import pytest
from local_records import (
    EMBEDDING,
    JPEG,
    WEBP,
    HandClock,
    attachment,
    base64_text,
    inference,
    said,
    send,
    taken_back,
)

from store.local.backup import opened_copy
from store.local.errors import GivenUp, StoreError
from store.local.folder import FILE_NAME
from store.local.opening import open_store
from store.local.salvage import Tally, salvage

PAGE = 4096
COUNT = 600


def fill(folder: Path) -> Path:
    """A closed store with rows in every table that batches fill."""
    store = open_store(folder, HandClock())
    heavy = {"embedding": base64_text(EMBEDDING * 60), "thumbnail": base64_text(WEBP * 30)}
    device = {"gpu": {"vendor": "Intel", "renderer": "Iris"}, "hardwareConcurrency": 8}
    for first in range(0, COUNT, 100):
        batch = [inference(number, **heavy) for number in range(first, first + 100)]
        send(store.statistics, *batch, device=device)
    send(store.statistics, *(said(10_000 + number, number, f"label {number}") for number in range(300)))
    send(store.statistics, *(taken_back(20_000 + number, number, 10_000 + number) for number in range(50)))
    send(store.statistics, *(attachment(30_000 + n, 40_000 + n, crop=JPEG * 20) for n in range(30)))
    store.settings.put_all({"theme": "dark"}).result(60)
    store.close()
    return folder / FILE_NAME


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "damaged"
    folder.mkdir()
    copy = folder / FILE_NAME
    copy.write_bytes(sound.read_bytes())
    return copy


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, sorted."""
    with opened_copy(path) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}


def pages_of(path: Path, table: str) -> list[int]:
    """The pages of a table's b-tree (1 is the first), its root first, overflow left out."""
    with opened_copy(path) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).get
    content = path.read_bytes()
    found, waiting = [], [int(root)]
    while waiting:
        number = waiting.pop(0)
        found.append(number)
        page = content[(number - 1) * PAGE : number * PAGE]
        if page[0] in (2, 5):
            cells = int.from_bytes(page[3:5], "big")
            places = [int.from_bytes(page[12 + 2 * cell : 14 + 2 * cell], "big") for cell in range(cells)]
            waiting += [int.from_bytes(page[place : place + 4], "big") for place in places]
            waiting.append(int.from_bytes(page[8:12], "big"))
    return found


def wreck(path: Path, *pages: int) -> None:
    with path.open("rb+") as handle:
        for page in pages:
            handle.seek((page - 1) * PAGE)
            handle.write(b"\xde\xad\xbe\xef" * (PAGE // 4))


def rescued(damaged: Path) -> tuple[Path, dict[str, Tally]]:
    target = damaged.parent.parent / "new.sqlite3"
    before = hashlib.sha256(damaged.read_bytes()).digest()
    tallies = salvage(damaged, target, HandClock())
    assert hashlib.sha256(damaged.read_bytes()).digest() == before, "the damaged file was touched"
    assert [path.name for path in damaged.parent.iterdir()] == [FILE_NAME]
    return target, {tally.table: tally for tally in tallies}


def test_of_a_sound_file_every_row_of_every_table_comes_over(damaged: Path, sound: Path) -> None:
    target, tallies = rescued(damaged)
    expected = tables(sound)
    found = tables(target)
    expected.pop("migration"), found.pop("migration")
    assert found == expected
    assert all(tally.lost == 0 and tally.exact for tally in tallies.values())
    assert {name: tally.copied for name, tally in tallies.items()} == {
        name: len(rows) for name, rows in expected.items()
    }
    assert sorted(path.name for path in target.parent.iterdir()) == ["damaged", "new.sqlite3"]


def test_around_a_damaged_leaf_only_its_own_rows_are_missing(damaged: Path, sound: Path) -> None:
    leaves = pages_of(damaged, "record")[1:]
    wreck(damaged, leaves[len(leaves) // 2])
    target, tallies = rescued(damaged)
    tally = tallies["record"]
    assert 0 < tally.lost < 20
    assert tally.exact
    assert tally.copied + tally.lost == len(tables(sound)["record"])
    found = tables(target)["record"]
    assert len(found) == tally.copied
    assert {row[0] for row in found} < {row[0] for row in tables(sound)["record"]}


def test_around_damaged_leaves_at_both_ends_and_between(damaged: Path, sound: Path) -> None:
    leaves = pages_of(damaged, "record")[1:]
    wreck(damaged, leaves[0], leaves[3], leaves[len(leaves) // 2], leaves[-1])
    _, tallies = rescued(damaged)
    assert tallies["record"].copied + tallies["record"].lost == len(tables(sound)["record"])
    assert tallies["record"].lost < 80


def test_in_a_table_without_numbers_the_indexes_tell_what_lies_between(damaged: Path, sound: Path) -> None:
    pages = pages_of(damaged, "feedback")
    assert len(pages) == 6
    wreck(damaged, pages[2], pages[4])
    target, tallies = rescued(damaged)
    tally = tallies["feedback"]
    assert tally.exact
    assert tally.copied + tally.lost == 300
    assert tally.copied == len(tables(target)["feedback"]) > 150, "the leaf between was given up"


def test_a_damaged_root_loses_its_table_and_no_other(damaged: Path, sound: Path) -> None:
    wreck(damaged, pages_of(damaged, "embedding")[0])
    _, tallies = rescued(damaged)
    assert tallies["embedding"].copied == 0
    assert tallies["embedding"].lost >= COUNT
    assert tallies["record"] == Tally("record", len(tables(sound)["record"]), 0, True)


def test_what_points_to_a_lost_row_points_nowhere_or_goes(damaged: Path) -> None:
    """A record of a lost picture stays without it; an embedding of a lost record cannot."""
    pictures, records = pages_of(damaged, "picture")[1:], pages_of(damaged, "record")[1:]
    wreck(damaged, pictures[1], records[1])
    target, tallies = rescued(damaged)
    assert tallies["picture"].lost > 0
    assert tallies["embedding"].lost == COUNT - tallies["embedding"].copied > 0
    connection = apsw.Connection(str(target))
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("SELECT count(*) FROM record WHERE kind = 'inference' AND picture IS NULL").get
    connection.close()


def test_a_record_whose_text_was_changed_is_not_believed(damaged: Path, sound: Path) -> None:
    """A flipped letter that SQLite cannot notice: the record's own hash does."""
    content = bytearray(damaged.read_bytes())
    place = content.index(b'"IMG_0123.jpg"')
    while b'"predictions"' not in content[place - 600 : place]:
        place = content.index(b'"IMG_0123.jpg"', place + 1)
    content[place + 1] ^= 4
    damaged.write_bytes(content)
    _, tallies = rescued(damaged)
    assert (tallies["record"].copied, tallies["record"].lost) == (len(tables(sound)["record"]) - 1, 1)


def test_a_text_that_is_none_any_more_costs_its_own_row_alone(damaged: Path, sound: Path) -> None:
    connection = apsw.Connection(str(damaged))
    connection.execute(
        "UPDATE record SET payload = CAST(x'7bb8' || payload AS TEXT) WHERE number IN (7, 300)"
    )
    connection.close()
    result, tallies = rescued(damaged)
    before, after = tables(sound)["record"], tables(result)["record"]
    assert after == [row for row in before if row[0] not in (7, 300)]
    assert tallies["record"].lost == 2


def test_what_is_only_in_the_log_comes_over_too(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(sound.read_bytes())
    store = open_store(folder, HandClock())
    send(store.statistics, inference(77_777))
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for suffix in ("", "-wal"):
        (crashed / f"{FILE_NAME}{suffix}").write_bytes((folder / f"{FILE_NAME}{suffix}").read_bytes())
    store.close()
    log = (crashed / f"{FILE_NAME}-wal").read_bytes()
    tallies = {one.table: one for one in salvage(crashed / FILE_NAME, tmp_path / "new.sqlite3", HandClock())}
    assert tallies["record"].copied == len(tables(sound)["record"]) + 1
    assert (crashed / f"{FILE_NAME}-wal").read_bytes() == log


@pytest.mark.parametrize("seed", range(8))
def test_whatever_page_is_damaged_the_result_is_sound_and_holds_nothing_made_up(
    damaged: Path, sound: Path, seed: int
) -> None:
    rng = random.Random(seed)
    pages = damaged.stat().st_size // PAGE
    wreck(damaged, *(rng.randrange(2, pages + 1) for _ in range(12)))
    try:
        target, _ = rescued(damaged)
    except StoreError:  # the list of tables itself went: said, nothing left behind
        return
    was, became = tables(sound), tables(target)
    for name in ("embedding", "setting", "retraction", "device"):
        assert set(map(repr, became[name])) <= set(map(repr, was[name])), name
    assert {row[1] for row in became["record"]} <= {row[1] for row in was["record"]}
    store = open_store(target.parent / "opened", HandClock())
    store.close()


def test_a_file_without_a_header_says_so_and_leaves_nothing(damaged: Path, tmp_path: Path) -> None:
    wreck(damaged, 1)
    with pytest.raises(StoreError, match="Nothing can be read"):
        salvage(damaged, tmp_path / "new.sqlite3", HandClock())
    assert [path.name for path in tmp_path.iterdir()] == ["damaged"]


def test_it_can_be_given_up_and_done_again(damaged: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    with pytest.raises(GivenUp):
        salvage(damaged, tmp_path / "new.sqlite3", HandClock(), seen.append, lambda: len(seen) > 0)
    assert not (tmp_path / "new.sqlite3.salvage").exists()
    seen.clear()
    _, tallies = rescued(damaged)
    assert tallies["record"].lost == 0


def test_progress_goes_up_to_the_end(damaged: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    salvage(damaged, tmp_path / "new.sqlite3", HandClock(), seen.append)
    assert seen == sorted(seen)
    assert len(seen) >= 3
    assert 0 < seen[0] < seen[-1] <= 1
