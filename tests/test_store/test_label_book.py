"""Labels: renaming and merging changes what is read and no record; each change can be undone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_records import NOW, HandClock, inference, said, send, taken_back

from store.export.filters import Filters
from store.export.selection import Selection
from store.local.errors import StoreError
from store.local.learning.label_book import (
    ChangeInUse,
    LabelBook,
    LabelTaken,
    UnknownChange,
    UnknownLabel,
    WrongLabel,
)
from store.local.learning.label_mapping import LabelMapping
from store.local.opening import LocalStore, open_store
from store.local.records.record_filters import RecordFilters

NAMES = ("wolf", "fox", "grey wolf", "dog", "cat")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """Pictures called wolf, fox and dog, and one confirmed as a tabby."""
    opened = open_store(tmp_path / "data", HandClock())
    labelled(opened)
    yield opened
    opened.close()


def labelled(store: LocalStore) -> None:
    send(store.statistics, *(inference(number) for number in range(4)))
    words = [said(10 + number, about=number, label=label) for number, label in enumerate(NAMES[:2])]
    send(store.statistics, *words, said(12, about=2, label="dog"), said(13, about=3, label=None))


def labels(store: LocalStore) -> set[str]:
    return {one.label for one in store.examples.counts(None)}


def test_a_new_name_is_what_is_read(store: LocalStore) -> None:
    before = records(store)
    change = store.label_book.rename("wolf", "  grey   wolf ")
    assert (change.number, change.kind, change.old, change.new) == (1, "rename", "wolf", "grey wolf")
    assert (change.changed_at, change.undone_at, change.can_undo) == (NOW, None, True)
    assert labels(store) == {"grey wolf", "fox", "dog", "tabby"}
    assert store.label_book.resolve("wolf") == "grey wolf"
    assert set(store.labels.typed()) == {"grey wolf", "fox", "dog"}
    assert records(store) == before


def records(store: LocalStore) -> Any:
    with store.database.read() as db:
        said = db.execute_sql("SELECT * FROM feedback ORDER BY id").fetchall()
        return db.execute_sql("SELECT * FROM record ORDER BY number").fetchall(), said


def test_what_a_model_answered_can_be_renamed(store: LocalStore) -> None:
    store.label_book.rename("tabby", "house cat")
    assert labels(store) == {"wolf", "fox", "dog", "house cat"}


def test_two_labels_become_one_and_two_again(store: LocalStore) -> None:
    store.label_book.merge("wolf", "dog")
    assert {one.label: one.corrected for one in store.examples.counts(None)} == {
        "dog": 2,
        "fox": 1,
        "tabby": 0,
    }
    store.label_book.undo(1)
    assert labels(store) == {"wolf", "fox", "dog", "tabby"}
    (line,) = store.label_book.history()
    assert (line.undone_at, line.can_undo) == (NOW, False)


def test_a_name_can_be_given_back(store: LocalStore) -> None:
    store.label_book.rename("wolf", "grey wolf")
    store.label_book.rename("grey wolf", "wolf")
    assert store.label_book.resolve("wolf") == store.label_book.resolve("grey wolf") == "wolf"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda book: book.rename("lion", "tiger"), UnknownLabel),
        (lambda book: book.rename("wolf", "fox"), LabelTaken),
        (lambda book: book.rename("wolf", "wolf"), WrongLabel),
        (lambda book: book.rename("wolf", " \n "), WrongLabel),
        (lambda book: book.rename("wolf", "w\x07lf"), WrongLabel),
        (lambda book: book.rename("wolf", "w" * 257), WrongLabel),
        (lambda book: book.merge("wolf", "lion"), UnknownLabel),
        (lambda book: book.merge("lion", "wolf"), UnknownLabel),
        (lambda book: book.merge("wolf", "wolf"), WrongLabel),
        (lambda book: book.undo(7), UnknownChange),
    ],
)
def test_what_cannot_be_is_refused(
    store: LocalStore, change: Callable[[LabelBook], object], refusal: type[StoreError]
) -> None:
    with pytest.raises(refusal) as caught:
        change(store.label_book)
    assert caught.value.sentence
    assert caught.value.advice
    assert store.label_book.history() == []


def test_a_name_that_counts_as_another_is_taken(store: LocalStore) -> None:
    """Else the name on the screen, typed again, would be the other label."""
    store.label_book.rename("wolf", "grey wolf")
    with pytest.raises(LabelTaken, match="counts as “grey wolf”"):
        store.label_book.rename("fox", "wolf")


def test_what_later_changes_build_on_is_undone_after_them(store: LocalStore) -> None:
    store.label_book.rename("wolf", "grey wolf")
    store.label_book.merge("grey wolf", "dog")
    with pytest.raises(ChangeInUse, match="later"):
        store.label_book.undo(1)
    assert [line.can_undo for line in store.label_book.history()] == [True, False]
    store.label_book.undo(2)
    store.label_book.undo(1)
    assert labels(store) == {"wolf", "fox", "dog", "tabby"}
    with pytest.raises(ChangeInUse, match="already"):
        store.label_book.undo(1)


def test_a_label_of_words_taken_back_is_none(store: LocalStore) -> None:
    send(store.statistics, taken_back(20, about=0, retracts=10))
    with pytest.raises(UnknownLabel):
        store.label_book.rename("wolf", "grey wolf")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.tuples(st.just("merge"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.tuples(st.just("undo"), st.integers(1, 6), st.none()),
    ),
    max_size=10,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_every_history_holds(steps: list[tuple[str, Any, Any]]) -> None:
    """What counts as a label counts as itself; `names` is the way back; a change and its undo are nothing."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), HandClock())
        labelled(store)
        for what, one, other in steps:
            before = store.label_book.mapping()
            try:
                change = (
                    store.label_book.undo(one)
                    if what == "undo"
                    else getattr(store.label_book, what)(one, other)
                )
            except StoreError:
                continue
            mapping = store.label_book.mapping()
            assert all(mapping.of(mapping.of(name)) == mapping.of(name) for name in NAMES)
            assert_way_back(mapping)
            if what != "undo":
                store.label_book.undo(change.number)
                undone = store.label_book.mapping()
                assert [undone.of(name) for name in NAMES] == [before.of(name) for name in NAMES]
                getattr(store.label_book, what)(one, other)
        store.close()


def assert_way_back(mapping: LabelMapping) -> None:
    for label in NAMES:
        assert mapping.names(label) & set(NAMES) == {name for name in NAMES if mapping.of(name) == label}


def found(store: LocalStore, label: str) -> list[int]:
    """The numbers of the answers that a list with this filter has."""
    page = store.records.page(RecordFilters(label=label), 50, None)
    return sorted(card.number for card in page.records)


def exported(store: LocalStore, **filters: Any) -> list[str | None]:
    selection = Selection(store.database, Filters(**filters))
    rows = [row.label for chunk in selection.chunks() for row in chunk]
    assert [label for chunk in selection.labels() for label in chunk] == rows
    return rows


def test_lists_find_a_label_by_what_it_counts_as_and_by_the_name_that_was_said(store: LocalStore) -> None:
    store.label_book.rename("wolf", "grey wolf")
    store.label_book.merge("tabby", "grey wolf")
    assert found(store, "grey wolf") == [1, 4]
    assert found(store, "wolf") == [1]
    assert found(store, "tabby") == [4]
    marked = store.records.page(RecordFilters(label="grey wolf", corrected=True), 50, None)
    assert [card.number for card in marked.records] == [1]


def test_exports_say_what_a_label_counts_as(store: LocalStore) -> None:
    assert exported(store) == ["wolf", "fox", "dog", "tabby"]
    store.label_book.rename("wolf", "grey wolf")
    store.label_book.merge("dog", "grey wolf")
    assert exported(store) == ["grey wolf", "fox", "grey wolf", "tabby"]
    assert exported(store, label="grey wolf") == ["grey wolf", "grey wolf"]
    assert exported(store, label="dog") == ["grey wolf"]
