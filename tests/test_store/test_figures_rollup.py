"""Figures added up by the hour are those that counting the records gives, whatever came in which order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from figure_world import BACKENDS, DAY, HOUR, VERSIONS, World, counted, erase_all_about
from local_records import NOW, HandClock, inference, send

from store.local.figures.performance import performance
from store.local.figures.rebuilding import count_anew
from store.local.figures.snapshot import Snapshot
from store.local.figures.units import Span
from store.local.figures.windows import Asked
from store.local.opening import LocalStore, open_store
from store.local.salvage import salvage

END = NOW // HOUR * HOUR + HOUR
SPANS = [Span(END - length, END) for length in (HOUR, DAY, 7 * DAY, 30 * DAY)]
SPANS += [Span(END - 5 * DAY, END - 2 * DAY - 3 * HOUR), Span(0, HOUR), Span(0, 2**53 // HOUR * HOUR + HOUR)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path, HandClock())
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", range(5))
def test_every_figure_is_that_of_the_records(store: LocalStore, seed: int) -> None:
    world = World(store, seed, NOW)
    for _ in range(40):
        world.step()
    world.roll_all()
    with store.database.read() as db:
        connection = db.connection()
        for span in SPANS:
            for version in (None, VERSIONS[0]):
                for backend in (None, BACKENDS[0]):
                    asked = Asked("all", "auto", version, backend)
                    expected = counted(connection, *span, version, backend)
                    assert rolled(Snapshot(connection, asked, span)) == expected, (seed, span, asked)


def rolled(snapshot: Snapshot) -> dict[str, Any]:
    """The figures of a span from the roll-up, in the form of `counted`."""
    counts = {
        "answers": snapshot.count("answer"),
        "pictures": snapshot.distinct("picture"),
        "sessions": snapshot.distinct("session"),
        "feedback": snapshot.count("right", "wrong", "unsure"),
        "corrections": snapshot.count("corrected"),
        "judged": snapshot.count("right", "wrong"),
        "right": snapshot.count("right"),
        "errors": snapshot.count("error"),
    }
    errors: dict[Any, int] = {}
    devices: dict[str, int] = {}
    for one in snapshot.counts:
        if one.what == "error":
            stage, code = one.detail.strip('[]"').split('","')
            errors[stage, code] = errors.get((stage, code), 0) + one.n
        if one.what == "answer":
            devices[one.detail] = devices.get(one.detail, 0) + one.n
    tallies = snapshot.histograms.by(lambda row: str(row.key[0]))
    buckets = {
        name: {tally.first + at: int(n) for at, n in enumerate(tally.counts) if n}
        for name, tally in tallies.items()
    }
    totals = {name: tallies[name].total for name in ("bytes", "inference") if name in tallies}
    counts = {name: n for name, n in counts.items() if n}
    return {"errors": errors, "devices": devices, "buckets": buckets, "totals": totals, "counts": counts}


@pytest.mark.parametrize("seed", range(4))
def test_when_all_is_erased_nothing_is_left(store: LocalStore, seed: int) -> None:
    world = World(store, seed, NOW)
    for _ in range(30):
        world.step()
    world.roll_all()
    ids = [bytes(one) for (one,) in rows(store, "SELECT id FROM record")]
    store.database.submit(lambda db: erase_all_about(db.connection(), ids)).result()
    world.roll_all()
    for table in ("count", "histogram", "visit", "distinct", "word", "recheck"):
        assert rows(store, f"SELECT * FROM figure_{table}") == [], table
    assert rows(store, "SELECT bytes, count FROM figure_storage WHERE kind IN ('records', 'feedback')") == [
        (0, 0),
        (0, 0),
    ]


def rows(store: LocalStore, query: str) -> list[Any]:
    with store.database.read() as db:
        return list(db.connection().execute(query))


def test_counted_anew_damaged_figures_are_those_of_the_records(store: LocalStore) -> None:
    world = World(store, 2, NOW)
    for _ in range(40):
        world.step()
    world.roll_all()
    storage = rows(store, "SELECT * FROM figure_storage")

    def damage_and_mend(db: Any) -> None:
        for table in ("count", "histogram", "distinct", "visit", "word"):
            db.connection().execute(f"DELETE FROM figure_{table} WHERE random() % 2")
        db.connection().execute("UPDATE figure_storage SET bytes = bytes + 7, count = 1")
        count_anew(db.connection())

    store.database.submit(damage_and_mend).result()
    world.roll_all()
    with store.database.read() as db:
        span = SPANS[-1]
        snapshot = Snapshot(db.connection(), Asked("all"), span)
        assert rolled(snapshot) == counted(db.connection(), *span, None, None)
    assert rows(store, "SELECT * FROM figure_storage") == storage


def test_a_salvaged_memory_counts_what_was_saved(store: LocalStore, tmp_path: Path) -> None:
    send(store.statistics, *(inference(number) for number in range(1, 21)))
    World(store, 1, NOW).roll_all()
    store.database.submit(lambda db: db.connection().execute("DELETE FROM figure_visit")).result()
    store.close()
    (tmp_path / "saved").mkdir()
    salvage(store.database.path, tmp_path / "saved" / store.database.path.name, HandClock())
    saved = open_store(tmp_path / "saved", HandClock())
    try:
        World(saved, 1, NOW).roll_all()
        with saved.database.read() as db:
            snapshot = Snapshot(db.connection(), Asked("all"), SPANS[-1])
            assert (snapshot.count("answer"), snapshot.distinct("picture")) == (20, 20)
        assert rows(saved, "SELECT sum(n) FROM figure_visit WHERE typeof(subject) = 'integer'") == [(20,)]
    finally:
        saved.close()


@pytest.mark.parametrize("seed", range(4))
def test_storage_is_what_the_tables_hold(store: LocalStore, seed: int) -> None:
    world = World(store, seed, NOW)
    for _ in range(60):
        world.step()
    world.roll_all()
    for change in ("thumbnail = NULL WHERE number % 2", "crop = zeroblob(9)", "thumbnail = zeroblob(5)"):
        store.database.submit(_changes_pictures(change)).result()
    store.database.submit(
        lambda db: db.connection().execute("DELETE FROM embedding WHERE record % 2")
    ).result()
    kept = {kind: (size, n) for kind, size, n in rows(store, "SELECT * FROM figure_storage")}
    payload = "coalesce(sum(length(CAST(payload AS BLOB))), 0), count(*)"
    assert [kept["records"]] == rows(store, f"SELECT {payload} FROM record WHERE kind != 'feedback'")
    assert [kept["feedback"]] == rows(store, f"SELECT {payload} FROM record WHERE kind = 'feedback'")
    for kind, table, column in (
        ("embeddings", "embedding", "vector"),
        ("thumbnails", "picture", "thumbnail"),
        ("crops", "picture", "crop"),
    ):
        query = f"SELECT coalesce(sum(length({column})), 0), count({column}) FROM {table}"
        assert [kept[kind]] == rows(store, query), kind


def _changes_pictures(change: str) -> Any:
    return lambda db: db.connection().execute(f"UPDATE picture SET {change}")


def test_an_answer_is_made_of_one_snapshot(store: LocalStore) -> None:
    world = World(store, 1, NOW)
    for _ in range(60):
        world.step()
    world.roll_all()
    with store.database.read() as db:
        for name in ("24h", "7d", "30d", "90d", "all"):
            answer = performance(db.connection(), store.database.path, Asked(name), NOW, [])
            assert answer.pending == 0
            assert sum(point.n for point in answer.series.answers) == answer.counts.answers.value
            assert sum(point.n for point in answer.series.errors) == answer.counts.errors.value
