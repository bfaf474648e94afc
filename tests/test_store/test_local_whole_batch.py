"""The quick way in makes the rows that the careful way makes, or steps back."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from local_records import EMBEDDING, NOW, SPACE, WEBP, base64_text, inference, sha256_of, uuid

from store.events import StatisticsBatch
from store.local.decoding import Refused, decode
from store.local.rows import Origin, Prepared, device_row, prepare
from store.local.whole_batch import prepare_whole

DEVICE = {"gpu": {"vendor": "a:b"}, "deviceMemory": 8}
PICTURE = {"sha256": sha256_of("a"), "fileName": "a: b.jpg"}
RECORDS: list[dict[str, Any]] = [
    inference(1),
    inference(2, id=None),
    inference(
        3, deviceInfo=None, picture=PICTURE, userFeedback={"isCorrect": False, "correctedLabel": "x:y"}
    ),
    inference(
        4, embedding=base64_text(EMBEDDING), spaceId=SPACE, thumbnail=base64_text(WEBP), picture=PICTURE
    ),
    {"kind": "feedback", "id": uuid(5), "inferenceId": uuid(1), "userFeedback": {"isCorrect": True}},
    {"kind": "event", "id": uuid(6), "stage": "load", "code": "gone", "detail": {"why": "a:b", "n": 1}},
    {"kind": "attachment", "id": uuid(7), "inferenceId": uuid(1), "crop": base64_text(WEBP)},
]


def body(*records: dict[str, Any] | bytes, **more: object) -> bytes:
    texts = [record if isinstance(record, bytes) else msgspec.json.encode(record) for record in records]
    raws = [msgspec.Raw(text) for text in texts]
    return msgspec.json.encode({"sessionId": "s", "statistics": raws, **more})


def carefully(content: bytes) -> list[Prepared]:
    batch = msgspec.json.decode(content, type=StatisticsBatch)
    device = None if batch.device_info is None else device_row(batch.device_info)
    origin = Origin(batch.session_id, hashlib.sha256(content).digest(), NOW, device)
    return [prepare(decode(bytes(raw)), index, origin) for index, raw in enumerate(batch.statistics)]


@pytest.mark.parametrize("more", [{}, {"deviceInfo": DEVICE}])
def test_it_makes_the_same_rows(more: dict[str, object]) -> None:
    content = body(*RECORDS, **more)
    whole = prepare_whole(content, NOW)
    assert whole is not None
    assert whole.session_id == "s"
    assert whole.prepared == carefully(content)
    assert len(whole.prepared) == len(RECORDS)


def changed(old: bytes, new: bytes) -> bytes:
    content = msgspec.json.encode(inference(8))
    assert old in content
    return content.replace(old, new, 1)


@pytest.mark.parametrize(
    "record",
    [
        changed(b'"starter-1a2b3c4d"', b'"a\\u0000b"'),
        changed(b'"starter-1a2b3c4d"', b'"a\\u00e4b"'),
        changed(b'"modelVersion":', b'"modelVersion":"other","modelVersion":'),
        changed(b'"className":', b'"className":"other","className":'),
        changed(b'"kind":"inference",', b""),
        changed(b'"rank":1', b'"rank":0'),
        changed(b'"id":"', b'"id":"no'),
        changed(b"{", b'{"unknown":1,'),
        msgspec.json.encode(inference(8, picture={"sha256": "A" * 64, "fileName": "a"})),
        msgspec.json.encode(inference(8, spaceId=" " * 64)),
        b"[" * 2000 + b"]" * 2000,
        b"17",
    ],
)
def test_it_steps_back_from_what_is_unusual(record: bytes) -> None:
    assert prepare_whole(body(*RECORDS, record), NOW) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"sessionId":"s"}',
        b'{"sessionId":"","statistics":[]}',
        b'{"sessionId":"s","sessionId":"t","statistics":[]}',
        b'{"sessionId":"s","statistics":[],"deviceInfo":{"webglVersion":"a","webglVersion":"b"}}',
        b'{"sessionId":"\xff","statistics":[]}',
        body(*[inference(number) for number in range(1001)]),
    ],
)
def test_it_steps_back_from_a_body_of_another_form(content: bytes) -> None:
    assert prepare_whole(content, NOW) is None


def test_the_careful_way_names_a_text_with_u_0000() -> None:
    with pytest.raises(Refused, match=r"Change predictions\[0\]\.className: it must not contain .* U\+0000"):
        decode(changed(b'"tabby"', b'"ta\\u0000by"'))
