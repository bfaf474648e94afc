"""The wire's types, enrolment codes, and what of a record is the same under any consent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from store import enrolment_code, protocol
from store.record_core import core_hash

RECORD: dict[str, Any] = {
    "kind": "inference",
    "id": "0198",
    "predictions": [{"className": "wolf", "probability": 0.25, "rank": 1}],
    "picture": {"sha256": "a" * 64, "fileName": "wolf.jpg", "width": 10},
}


def encoded(**changes: object) -> bytes:
    return msgspec.json.encode(RECORD | changes)


def event(**changes: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "event_id": "0" * 32,
        "seq": 1,
        "kind": "inference",
        "session_id": "s",
        "ts": -5,
        "received_at": 7,
        "record": RECORD,
    }
    return whole | changes


def test_an_event_is_read_with_its_record_as_it_was_written() -> None:
    read = msgspec.json.decode(msgspec.json.encode(event(newer="field")), type=protocol.Event)
    assert msgspec.json.decode(read.record) == RECORD
    assert (read.ts, read.context) == (-5, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_id": "0" * 31},
        {"event_id": "0" * 32 + "\n"},
        {"seq": -1},
        {"ts": 2**53 + 1},
        {"kind": ""},
    ],
)
def test_an_event_outside_the_limits_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(event(**wrong)), type=protocol.Event)


def test_a_code_is_read_as_people_type_it() -> None:
    code = enrolment_code.make(b"\x01\x02\x03\x04\x05")
    typed = code.text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert enrolment_code.parse(typed) == code
    assert [len(group) for group in code.text.split("-")] == [4] * 6


def test_a_code_without_a_fingerprint_is_shorter() -> None:
    code = enrolment_code.make(random_bytes=lambda count: b"\x00" * (count - 1) + b"\x01")
    assert (code.text, code.fingerprint) == ("0000-0000-0000-0001", None)
    assert enrolment_code.parse(code.text).hash == code.hash


@pytest.mark.parametrize(
    "text", ["", "K7QF", "K7QF-2M9T-4XHB-W0CU", "K7QF-2M9T-4XHB-W0C", "é" * 16, "0" * 25]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="enrolment code"):
        enrolment_code.parse(text)


def test_release_roots_have_one_fingerprint_in_any_order() -> None:
    first, second = b"\x01" * 32, b"\x02" * 32
    made = enrolment_code.roots_fingerprint([first, second])
    assert made == enrolment_code.roots_fingerprint([second, first])
    assert made != enrolment_code.roots_fingerprint([first])


def test_a_record_is_the_same_whatever_its_user_agreed_to() -> None:
    bare = {"sha256": "a" * 64, "width": 10, "latitude": 1.5}
    assert core_hash(encoded()) == core_hash(encoded(embedding="AAAA", crop="BBBB", picture=bare))
    assert core_hash(encoded()) == core_hash(msgspec.json.encode(dict(reversed(RECORD.items()))))
    failure = {"fileName": "wolf.jpg", "says": "wolf.jpg is no picture", "size": 3}
    assert core_hash(encoded(detail=failure)) == core_hash(encoded(detail={"size": 3}))


@pytest.mark.parametrize(
    "changes", [{"id": "0199"}, {"predictions": []}, {"picture": {"sha256": "b" * 64}}, {"picture": None}]
)
def test_another_record_is_another(changes: dict[str, object]) -> None:
    assert core_hash(encoded()) != core_hash(encoded(**changes))
