"""Which records an export takes, and that it walks over them without holding anything back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from local_records import (
    EMBEDDING,
    JPEG,
    NOW,
    WEBP,
    HandClock,
    base64_text,
    inference,
    said,
    send,
    taken_back,
    uuid,
)
from outbox_accounts import delete_records

from store.export.filters import FilterError, Filters, parse_moment
from store.export.rows import ExportRow
from store.export.selection import Selection
from store.local.opening import LocalStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def rows(store: LocalStore, filters: Filters | None = None, **options: bool) -> list[ExportRow]:
    selection = Selection(store.database, filters or Filters(), **options)
    found = [row for chunk in selection.chunks() for row in chunk]
    assert selection.rows == len(found)
    assert selection.progress == 1.0
    light = [label for chunk in selection.labels() for label in chunk]
    assert light == [row.label for row in found]
    return found


def chosen(store: LocalStore, filters: Filters, **options: bool) -> list[int]:
    return [int(row.id[-12:], 16) for row in rows(store, filters, **options)]


def sure(number: int, probability: float, **changes: object) -> dict[str, object]:
    answer = {"className": "tabby", "probability": probability, "rank": 1}
    return inference(number, predictions=[answer], **changes)


def test_a_row_has_what_belongs_to_its_inference(store: LocalStore) -> None:
    heavy = {"embedding": base64_text(EMBEDDING), "thumbnail": base64_text(WEBP), "crop": base64_text(JPEG)}
    send(store.statistics, inference(1, **heavy), said(2, about=1), device={"deviceMemory": 8})
    [row] = rows(store, images=True)
    assert (row.id, row.session_id, row.recorded_at, row.label) == (uuid(1), "s1", NOW + 1, "wolf")
    assert row.inference.picture is not None
    assert row.inference.picture.file_name == "IMG_0001.jpg"
    assert row.device is not None
    assert row.device.device_memory == 8
    assert row.feedback is not None
    assert (row.feedback.is_correct, row.feedback.corrected_label) == (False, "wolf")
    assert (row.embedding, row.image) == (EMBEDDING, JPEG)
    assert rows(store)[0].image is None


def test_a_thumbnail_stands_in_for_a_crop(store: LocalStore) -> None:
    send(store.statistics, inference(1, thumbnail=base64_text(WEBP)))
    assert rows(store, images=True)[0].image == WEBP


def test_nothing_gives_nothing(store: LocalStore) -> None:
    assert rows(store) == []


def test_confidence_is_of_the_best_answer_and_corrections_pass_regardless(store: LocalStore) -> None:
    send(store.statistics, sure(1, 0.69), sure(2, 0.7), sure(3, 0.1), sure(4, 0.2), sure(5, 0.95))
    send(store.statistics, said(10, about=3), said(11, about=4, label=None))
    assert chosen(store, Filters(min_confidence=0.7)) == [2, 3, 5]
    assert chosen(store, Filters(min_confidence=0.7, include_user_feedback=False)) == [2, 5]
    assert chosen(store, Filters(min_confidence=0.0)) == [1, 2, 3, 4, 5]


def test_only_the_last_word_that_stands_counts(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(10, about=1, label="wolf"), said(11, about=1, label="fox"))
    assert rows(store)[0].label == "fox"
    send(store.statistics, taken_back(12, about=1, retracts=11))
    assert rows(store)[0].label == "wolf"
    send(store.statistics, taken_back(13, about=1, retracts=10))
    [row] = rows(store)
    assert (row.label, row.feedback) == ("tabby", None)
    assert chosen(store, Filters(only_corrected=True)) == []


def test_a_label_is_the_correction_else_the_best_answer_else_unknown(store: LocalStore) -> None:
    word = {"isCorrect": None, "confidence": 0.5}
    wrong = {"isCorrect": False}
    send(store.statistics, *[inference(number) for number in range(1, 6)])
    send(store.statistics, said(11, about=1), said(12, about=2, label=None))
    send(store.statistics, said(13, about=3, userFeedback=word), said(14, about=4, userFeedback=wrong))
    assert [row.label for row in rows(store)] == ["wolf", "tabby", "tabby", None, "tabby"]
    assert chosen(store, Filters(), only_labelled=True) == [1, 2, 3, 5]
    unheard = rows(store, Filters(include_user_feedback=False))
    assert [(row.label, row.feedback) for row in unheard] == [("tabby", None)] * 5
    assert chosen(store, Filters(label="tabby")) == [2, 3, 5]
    assert chosen(store, Filters(label="wolf")) == [1]
    assert chosen(store, Filters(label="wolf", include_user_feedback=False)) == []
    assert chosen(store, Filters(only_corrected=True)) == [1]


def test_time_model_version_and_source(store: LocalStore) -> None:
    send(store.statistics, inference(1), inference(2, source="camera"), inference(3, modelVersion="other"))
    assert chosen(store, Filters(from_ms=NOW + 2)) == [2, 3]
    assert chosen(store, Filters(to_ms=NOW + 2)) == [1]
    assert chosen(store, Filters(from_ms=NOW + 1, to_ms=NOW + 3)) == [1, 2]
    assert chosen(store, Filters(model_version="other")) == [3]
    assert chosen(store, Filters(source="camera")) == [2]
    assert chosen(store, Filters(source="camera", model_version="other")) == []


def test_every_row_comes_once_across_chunks_and_gaps(store: LocalStore) -> None:
    for start in range(0, 900, 300):
        send(store.statistics, *[inference(number) for number in range(start, start + 300)])
    delete_records(store.database, range(100, 601))
    left = [*range(99), *range(600, 900)]
    assert chosen(store, Filters()) == left
    assert chosen(store, Filters(), images=True) == left


def test_an_export_holds_back_no_checkpoint_and_takes_nothing_that_came_later(store: LocalStore) -> None:
    for start in range(0, 600, 300):
        send(store.statistics, *[inference(number) for number in range(start, start + 300)])
    selection = Selection(store.database, Filters())
    walk = selection.chunks()
    found = len(next(walk))
    assert 0 < selection.progress < 1
    send(store.statistics, inference(5000))
    log = apsw.Connection(str(store.database.path))
    busy, *_ = log.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (None,)
    log.close()
    assert busy == 0
    assert found + sum(map(len, walk)) == 600


@pytest.mark.parametrize(
    ("parameter", "make"),
    [
        ("minConfidence", lambda: Filters(min_confidence=1.01)),
        ("minConfidence", lambda: Filters(min_confidence=-0.01)),
        ("minConfidence", lambda: Filters(min_confidence=float("nan"))),
        ("from", lambda: Filters(from_ms=-1)),
        ("to", lambda: Filters(to_ms=2**53 + 1)),
        ("to", lambda: Filters(from_ms=5, to_ms=5)),
        ("label", lambda: Filters(label="")),
        ("label", lambda: Filters(label="a\0b")),
        ("modelVersion", lambda: Filters(model_version="m" * 257)),
        ("source", lambda: Filters(source="moon")),  # type: ignore[arg-type]
        ("onlyCorrected", lambda: Filters(only_corrected=True, include_user_feedback=False)),
        ("from", lambda: parse_moment("from", "yesterday")),
        ("from", lambda: parse_moment("from", "")),
    ],
)
def test_filters_that_can_not_be_name_their_parameter(parameter: str, make: object) -> None:
    assert callable(make)
    with pytest.raises(FilterError) as refused:
        make()
    assert refused.value.parameter == parameter
    assert parameter in refused.value.sentence
    assert refused.value.advice


def test_moments() -> None:
    assert parse_moment("from", "1780000000000") == 1_780_000_000_000
    assert parse_moment("from", "1970-01-02") == 86_400_000
    assert parse_moment("from", "1970-01-02T00:00:00Z") == 86_400_000
    assert parse_moment("from", "1970-01-02T01:00:00.5+01:00") == 86_400_500
