"""Ids: they sort by time, never go back, and are derived the same way twice."""

from __future__ import annotations

import threading
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_records import NOW, HandClock

from store.ids import IdMaker, derived_id, id_text, parse_id


def test_an_id_is_a_uuid_of_version_7_with_its_time() -> None:
    made = uuid.UUID(bytes=IdMaker(HandClock()).new())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == NOW


def test_ids_grow_when_the_clock_stands_or_goes_back() -> None:
    clock = HandClock()
    maker = IdMaker(clock)
    made = []
    for number in range(10_000):  # more than the 12 bits of the counter hold
        clock.now = NOW - number
        made.append(maker.new())
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(uuid.UUID(bytes=one).version == 7 for one in made)


def test_ids_of_several_threads_are_all_different() -> None:
    maker = IdMaker(HandClock())
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.extend([maker.new() for _ in range(2000)])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 16_000


@given(st.uuids())
def test_the_text_of_an_id_reads_back(value: uuid.UUID) -> None:
    assert id_text(value.bytes) == str(value)
    assert parse_id(str(value).upper()) == parse_id(str(value)) == value.bytes


@pytest.mark.parametrize(
    "text",
    ["", "1", "0190163d8694739baea5966c26f8ad91", "{0190163d-8694-739b-aea5-966c26f8ad91}",
     "0190163d-8694-739b-aea5-966c26f8ad9", "0190163d-8694-739b-aea5-966c26f8ad91\n",
     "0190163d-8694-739b-aea5-966c26f8ad9g", "0190163d-8694-739b-aea5966c-26f8ad91",
     "\u0660190163d-8694-739b-aea5-966c26f8ad91"],
)  # fmt: skip
def test_any_other_text_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        parse_id(text)


def test_derived_ids_depend_on_session_body_and_place_and_lie_side_by_side() -> None:
    first = derived_id("s", b"body", 0)
    assert first == derived_id("s", b"body", 0)
    assert (
        len({first, derived_id("t", b"body", 0), derived_id("s", b"other", 0), derived_id("s", b"body", 1)})
        == 4
    )
    assert uuid.UUID(bytes=first).version == 8
    assert {derived_id("s", b"body", index)[:14] for index in range(1000)} == {first[:14]}


def test_a_place_that_no_batch_has_is_refused() -> None:
    with pytest.raises(ValueError, match="65,536"):
        derived_id("s", b"", 65_536)
