"""The rows of trainings: never two that wait or work, and an end that is written with its version or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import NOW, HandClock

from store.local.connection import LocalDatabase
from store.local.learning.run_forms import Epoch, TrainingOptions, TrainingRun, changed
from store.local.learning.runs import RunStore, TrainingBusy
from store.local.opening import LocalStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    store = open_store(tmp_path, HandClock())
    yield store
    store.close()


@pytest.fixture
def runs(store: LocalStore) -> RunStore:
    return RunStore(store.database)


def run(run_id: str, **changes: object) -> TrainingRun:
    new = TrainingRun(
        id=run_id,
        mode="head",
        label_mode="mine",
        state="queued",
        asked_by="user",
        options=TrainingOptions(seed=5),
        parent_version="base-1",
        version=None,
        stage="collect",
        sentence="About to begin.",
        advice="",
        progress=None,
        epochs=[],
        created_at=NOW,
    )
    return changed(new, **changes)


def test_a_run_comes_back_as_it_was_written(runs: RunStore) -> None:
    runs.begin(run("a"))
    now = run("a", state="running", epochs=[Epoch(1, loss=0.5)], progress=0.5, started_at=NOW)
    runs.save(now)
    assert runs.get("a") == now
    assert runs.live() == [now]
    assert runs.get("b") is None


@pytest.mark.parametrize("state", ["queued", "running"])
def test_no_second_run_begins_while_one_waits_or_works(runs: RunStore, state: str) -> None:
    runs.begin(run("a"))
    runs.save(run("a", state=state))
    with pytest.raises(TrainingBusy):
        runs.begin(run("b"))
    assert [each.id for each in runs.last()] == ["a"]


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_the_next_begins_when_one_has_ended(runs: RunStore, state: str) -> None:
    runs.begin(run("b"))
    runs.save(run("b", state=state))
    runs.begin(run("a", created_at=NOW - 10**12))
    assert [each.id for each in runs.last()] == ["a", "b"]
    assert [each.id for each in runs.live()] == ["a"]


def test_an_end_is_not_written_where_what_belongs_to_it_is_not(runs: RunStore) -> None:
    runs.begin(run("a"))

    def fails(_: LocalDatabase) -> None:
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        runs.save(run("a", state="done"), fails)
    assert [each.state for each in runs.last()] == ["queued"]
