"""Exports as JSON, JSON lines and CSV."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_records import (
    EMBEDDING,
    NOW,
    HandClock,
    base64_text,
    body_of,
    inference,
    said,
    send,
    send_body,
    sha256_of,
    uuid,
)
from seed_example import SEED_EXAMPLE, as_json, seed_body

from store.export.csv_form import COLUMNS, safe
from store.export.filters import Filters
from store.export.training_exports import Form, TrainingExports
from store.local.opening import LocalStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def exported(store: LocalStore, form: Form, **changes: Any) -> bytes:
    filters = Filters(**changes)
    return b"".join(TrainingExports(store.database, HandClock()).start(form, filters).pieces)


def table(store: LocalStore) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(store, "csv").decode("utf-8-sig"), newline="")))


def fields(value: Any) -> set[str]:
    """Every field's path in a JSON value."""
    if isinstance(value, list):
        return {path for item in value for path in fields(item)}
    if not isinstance(value, dict):
        return set()
    return set(value) | {f"{name}.{path}" for name, item in value.items() for path in fields(item)}


def test_the_document_says_what_it_is(store: LocalStore) -> None:
    empty = json.loads(exported(store, "json", min_confidence=0.7, from_ms=5))
    assert empty == {
        "schema": 1,
        "exportedAt": "2026-05-28T20:26:40.000+00:00",
        "filters": {
            "includeUserFeedback": True,
            "minConfidence": 0.7,
            "from": 5,
            "to": None,
            "label": None,
            "modelVersion": None,
            "source": None,
            "onlyCorrected": False,
            "backend": None,
            "sessionId": None,
            "mark": None,
        },
        "statistics": [],
    }


def test_the_seeds_record_comes_back_with_every_field(store: LocalStore) -> None:
    send_body(store.statistics, seed_body())
    [record] = json.loads(exported(store, "json"))["statistics"]
    seed = json.loads(as_json(SEED_EXAMPLE))
    assert fields(seed) <= fields(record)
    device = seed.pop("deviceInfo")
    assert {name: record[name] for name in seed} == seed
    assert {name: record["deviceInfo"][name] for name in device} == device
    assert record["sessionId"] == "abc123"


def test_what_is_not_known_is_null(store: LocalStore) -> None:
    send(store.statistics, inference(1, picture=None, backend=None, variant=None, spaceId=None, source=None))
    [record] = json.loads(exported(store, "json"))["statistics"]
    unknown = {name for name, value in record.items() if value is None}
    told = {"userFeedback", "deviceInfo", "backend", "variant", "spaceId", "source", "picture", "embedding"}
    assert unknown == told | {"modelAlpha"}


def test_an_export_can_be_sent_in_again(store: LocalStore, tmp_path: Path) -> None:
    device = {"gpu": {"vendor": "Intel"}, "hardwareConcurrency": 8}
    send(store.statistics, inference(1, embedding=base64_text(EMBEDDING), modelAlpha=0.5), device=device)
    send(store.statistics, inference(2), said(3, about=2))
    first = exported(store, "jsonl")
    second = open_store(tmp_path / "second", HandClock())
    try:
        answer = send_body(second.statistics, body_of(*map(json.loads, first.splitlines())))
        assert (answer.accepted, answer.rejected) == (2, [])
        assert exported(second, "jsonl") == first
    finally:
        second.close()


def test_json_and_json_lines_hold_the_same_records_in_order(store: LocalStore) -> None:
    for start in range(0, 600, 300):
        send(store.statistics, *[inference(number) for number in range(start, start + 300)])
    document = json.loads(exported(store, "json"))["statistics"]
    assert [record["id"] for record in document] == [uuid(number) for number in range(600)]
    assert [json.loads(line) for line in exported(store, "jsonl").splitlines()] == document


def test_a_filter_that_leaves_chunks_empty_leaves_the_document_whole(store: LocalStore) -> None:
    for start in range(0, 900, 300):
        send(store.statistics, *[inference(number) for number in range(start, start + 300)])
    for moment in (NOW, NOW + 700, NOW + 10_000):
        document = json.loads(exported(store, "json", from_ms=moment))
        assert len(document["statistics"]) == max(0, NOW + 900 - moment)


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_gzip_holds_the_same_bytes(store: LocalStore, form: Form) -> None:
    send(store.statistics, *[inference(number) for number in range(300)])
    export = TrainingExports(store.database, HandClock()).start(form, Filters(), gzip=True)
    assert (export.file_name, export.media_type) == (f"whimbrel-training-data.{form}.gz", "application/gzip")
    assert gzip.decompress(b"".join(export.pieces)) == exported(store, form)


def test_a_line_of_the_table(store: LocalStore) -> None:
    device = {"gpu": {"vendor": "Intel"}, "deviceMemory": 8}
    send(store.statistics, inference(1), said(2, about=1), device=device)
    [line] = table(store)
    assert tuple(line) == COLUMNS
    assert {name: text for name, text in line.items() if text} == {
        "id": uuid(1),
        "sessionId": "s1",
        "timestamp": "2026-05-28T20:26:40.001+00:00",
        "modelVersion": "starter-1a2b3c4d",
        "label": "wolf",
        "answer1": "tabby",
        "probability1": "0.75",
        "answer2": "lynx",
        "probability2": "0.125",
        "isCorrect": "FALSE",
        "correctedLabel": "wolf",
        "feedbackConfidence": "1.0",
        "inferenceTime": "35.5",
        "preprocessingTime": "5.25",
        "totalTime": "40.75",
        "numTensors": "42",
        "numBytes": "15728640",
        "numDataBuffers": "42",
        "backend": "wasm",
        "variant": "float32",
        "source": "file",
        "sha256": sha256_of("picture 1"),
        "fileName": "IMG_0001.jpg",
        "width": "640",
        "gpuVendor": "Intel",
        "deviceMemory": "8.0",
    }


FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1", "-1+1", "@x", "@SUM(1;1)", "\t=1+1", "\r=1+1", "\n=1+1",
    " =1+1", "  @x", "-5", "\uff1d1+1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_looks_like_a_formula_stays_a_text(store: LocalStore, text: str) -> None:
    send(store.statistics, inference(1), said(2, about=1, label=text))
    [line] = table(store)
    assert line["label"] == line["correctedLabel"] == f"'{text}"


@pytest.mark.parametrize("text", ["owl", "a=b", "1-2", "'=1", "x@y", 'say "=1"', "a,b;c\r\nd", "Ära 猫", "="])
def test_other_texts_come_back_as_they_are(store: LocalStore, text: str) -> None:
    send(store.statistics, inference(1), said(2, about=1, label=text))
    assert table(store)[0]["label"] == (text if text != "=" else "'=")


def test_numbers_stay_numbers() -> None:
    assert [safe(cell) for cell in (-1, -0.5, 1e-7, None, 0)] == [-1, -0.5, 1e-7, None, 0]


def test_the_table_is_as_rfc_4180_and_spreadsheets_want_it(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(2, about=1, label='a "b", c'))
    written = exported(store, "csv")
    assert written.startswith(b'\xef\xbb\xbf"id","sessionId",')
    head, line = written.split(b"\r\n", 1)
    assert b'"a ""b"", c"' in line
    assert line.endswith(b"\r\n")
    assert b",35.5,5.25,40.75,42,15728640,42," in line
    assert line.count(b",,") > 3, "what is unknown is nothing at all, not an empty text"
    assert head.count(b",") == len(COLUMNS) - 1
