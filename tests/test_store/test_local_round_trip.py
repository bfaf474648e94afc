"""Whatever is accepted comes back equal; whatever is not leaves nothing; neither ever breaks the store."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_records import HandClock, uuid

from store.events import AppEvent, Attachment, BatchResult, Feedback, Inference, Record, StatisticsBatch
from store.ids import parse_id
from store.local.opening import LocalStore, open_store
from store.local.reading import find_embedding, find_record

COUNT = st.integers(0, 2**53)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
PROBABILITY = st.floats(0, 1)
TIME = st.floats(0, 86_400_000)
SHA256 = st.binary(min_size=32, max_size=32).map(bytes.hex)
ID = st.uuids().map(str)
PAIR = st.binary(min_size=2, max_size=2).filter(lambda pair: pair[1] & 0x7C != 0x7C)
VECTOR = st.lists(PAIR, min_size=1, max_size=64).map(b"".join)
IMAGE = st.binary(max_size=64).map(lambda tail: b"\xff\xd8\xff" + tail)


def in_base64(binary: st.SearchStrategy[bytes]) -> st.SearchStrategy[str]:
    return binary.map(lambda data: base64.b64encode(data).decode())


FEEDBACK = st.fixed_dictionaries(
    {"isCorrect": st.booleans() | st.none()},
    optional={"correctedLabel": NAME | st.none(), "confidence": PROBABILITY},
)
PICTURE = st.fixed_dictionaries(
    {"sha256": SHA256, "fileName": NAME},
    optional={"path": TEXT, "width": COUNT, "height": COUNT, "bytes": COUNT | st.none(), "capturedAt": TEXT},
)
DEVICE = st.fixed_dictionaries(
    {},
    optional={
        "gpu": st.fixed_dictionaries({}, optional={"vendor": TEXT, "renderer": TEXT | st.none()}) | st.none(),
        "webglVersion": TEXT,
        "deviceMemory": st.floats(0, 1_048_576),
        "hardwareConcurrency": st.integers(0, 65_536),
        "userAgent": TEXT,
    },
)
PREDICTION = st.fixed_dictionaries(
    {"className": NAME, "probability": PROBABILITY, "rank": st.integers(1, 1000)}
)
MEMORY = st.fixed_dictionaries({"numTensors": COUNT, "numBytes": COUNT, "numDataBuffers": COUNT})
INFERENCE = st.fixed_dictionaries(
    {
        "modelVersion": NAME,
        "predictions": st.lists(PREDICTION, min_size=1, max_size=6),
        "inferenceTime": TIME,
        "preprocessingTime": TIME,
        "totalTime": TIME,
        "memoryUsage": MEMORY,
        "spaceId": SHA256,
        "picture": PICTURE,
        "id": ID,
    },
    optional={
        "kind": st.just("inference"),
        "timestamp": COUNT | st.none(),
        "modelAlpha": st.floats(0, 4, exclude_min=True) | st.none(),
        "userFeedback": FEEDBACK | st.none(),
        "deviceInfo": DEVICE | st.none(),
        "backend": NAME,
        "variant": st.sampled_from(["float32", "float16", "uint8"]),
        "source": st.sampled_from(["file", "camera", "paste", "folder"]) | st.none(),
        "embedding": in_base64(VECTOR) | st.none(),
        "thumbnail": in_base64(IMAGE),
        "crop": in_base64(IMAGE),
    },
)
SAID = st.fixed_dictionaries(
    {"kind": st.just("feedback"), "id": ID, "inferenceId": ID, "userFeedback": FEEDBACK},
    optional={"timestamp": COUNT, "retracts": ID},
)
EVENT = st.fixed_dictionaries(
    {"kind": st.just("event"), "id": ID, "stage": NAME, "code": NAME},
    optional={
        "timestamp": COUNT,
        "modelVersion": NAME,
        "backend": NAME,
        "picture": PICTURE,
        "detail": st.dictionaries(
            NAME, TEXT | st.booleans() | st.none() | st.floats(-1e300, 1e300), max_size=5
        ),
    },
)
ATTACHED = st.fixed_dictionaries(
    {"kind": st.just("attachment"), "id": ID, "inferenceId": ID, "embedding": in_base64(VECTOR)},
    optional={"timestamp": COUNT, "thumbnail": in_base64(IMAGE), "crop": in_base64(IMAGE)},
)
VALID = INFERENCE | SAID | EVENT | ATTACHED
NUMBERS = count(1000)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    folder: Path = tmp_path_factory.mktemp("round-trip")
    opened = open_store(folder, HandClock())
    yield opened
    opened.close()


def submit(store: LocalStore, *raw: bytes, body_hash: bytes = b"") -> BatchResult:
    batch = StatisticsBatch("s", [msgspec.Raw(one) for one in raw])
    return store.statistics.record(batch, body_hash).result(60)


def expected(sent: dict[str, Any]) -> Record:
    """What a record is without the parts that live elsewhere."""
    whole: Record = msgspec.convert({"kind": "inference"} | sent, Record)
    if isinstance(whole, Inference | Attachment):
        return msgspec.structs.replace(whole, embedding=None, thumbnail=None, crop=None)
    return whole


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=VALID)
def test_what_is_accepted_comes_back_equal(store: LocalStore, sent: dict[str, Any]) -> None:
    sent = sent | {"id": uuid(next(NUMBERS))}  # the store keeps what earlier examples sent
    raw = msgspec.json.encode(sent)
    first, again = submit(store, raw), submit(store, raw)
    assert first.rejected == again.rejected == []
    assert (again.accepted, again.duplicate) == (0, 1)
    with store.database.read() as db:
        record = find_record(db, parse_id(sent["id"]))
        vector = find_embedding(db, parse_id(sent["id"]))
    assert record == expected(sent)
    if isinstance(record, Inference):
        text = sent.get("embedding")
        assert vector == (None if text is None else binascii.a2b_base64(text))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=VALID, change=st.data())
def test_a_changed_field_is_accepted_and_equal_or_rejected_with_a_reason(
    store: LocalStore, sent: dict[str, Any], change: st.DataObject
) -> None:
    name = change.draw(st.sampled_from(sorted(sent)))
    sent = sent | {"id": uuid(next(NUMBERS))} | {name: change.draw(ANY_JSON)}
    try:
        raw = msgspec.json.encode(sent)
    except (UnicodeEncodeError, OverflowError, TypeError):
        return  # no JSON at all; the raw forms of that are in test_local_statistics
    result = submit(store, raw)
    assert result.accepted + result.duplicate + len(result.rejected) == 1
    if result.accepted and isinstance(sent["id"], str):
        with store.database.read() as db:
            record = find_record(db, parse_id(sent["id"]))
        assert isinstance(record, Inference | Feedback | AppEvent | Attachment)
    for rejection in result.rejected:
        assert rejection.code in {"invalid", "bad_id", "conflict", "not_json", "too_deep"}
        assert 0 < len(rejection.reason) <= 400


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200) | ANY_JSON.map(repr).map(str.encode) | st.text(max_size=100).map(
    lambda text: text.encode("utf-8", "surrogatepass")
))  # fmt: skip
def test_any_bytes_at_all_are_answered(store: LocalStore, raw: bytes) -> None:
    result = submit(
        store, raw, msgspec.json.encode({"kind": "event", "id": uuid(1), "stage": "a", "code": "b"})
    )
    assert result.accepted + result.duplicate == 1
    assert [rejection.index for rejection in result.rejected] == [0]
