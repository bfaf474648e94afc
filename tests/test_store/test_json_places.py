"""What keeps a text from being JSON is said by the path of the field that it is in."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.json_places import place_at, place_deeper_than, place_of_error, repeated_key


def complaint(content: bytes) -> str:
    try:
        msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return place_of_error(content, str(error))
    raise AssertionError("that is valid JSON")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"a": [{}, {"b": NaN}]}', "a[1].b"),
        (b'{"a": [1, 2, Infinity]}', "a[2]"),
        (b'{"a": {"b": 1e999}, "c": 1}', "a.b"),
        (b'{"a": "1e999", "c": -1e999}', "c"),
        (b'{"a": "\\ud800"}', "a"),
        (b'{"a": "\\ud83d\\ude00", "b": "x\\udc00"}', "b"),
        (b'{"a": "\\\\ud800", "b": "\\ud800"}', "b"),
        (b'{"a": "ok", "b": ["\xff"]}', "b[0]"),
        (b'{"a": "ok", "b": "never closed', "b"),
        (b'{"a": {"b": 1}, "c": ', "c"),
        (b'{"a" 1}', "a"),
        (b"nul", ""),
    ],
)
def test_the_place_of_an_error(content: bytes, place: str) -> None:
    assert complaint(content) == place


def test_punctuation_inside_texts_is_no_structure() -> None:
    content = json.dumps({'a{"[,:': ["}],", {"b\\": 1}]}).encode()
    assert place_at(content, content.index(b"1}")) == 'a{"[,:[1].b\\'


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=6),
        lambda inner: st.lists(inner, min_size=1) | st.dictionaries(st.text(max_size=4), inner, min_size=1),
        max_leaves=12,
    ),
    st.data(),
)
def test_the_place_is_where_a_walk_of_the_value_finds_it(value: Any, data: st.DataObject) -> None:
    mark = "\x01here"
    path, marked = _marked(value, mark, data)
    content = json.dumps(marked).encode()
    assert place_at(content, content.index(json.dumps(mark).encode())) == _shown(path)


def _marked(value: Any, mark: str, data: st.DataObject) -> tuple[list[str | int], Any]:
    """The value with one of its leaves replaced by the mark, and the path to it."""
    if not isinstance(value, list | dict):
        return [], mark
    keys = list(range(len(value))) if isinstance(value, list) else list(value)
    key = data.draw(st.sampled_from(keys))
    path, inner = _marked(value[key], mark, data)
    changed = value.copy()
    changed[key] = inner
    return [key, *path], changed


def _shown(path: list[str | int]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps[:8]).removeprefix(".") + ("…" if len(steps) > 8 else "")


def test_the_first_value_that_nests_too_deeply() -> None:
    content = b'{"a": 1, "b": {"c": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    assert place_deeper_than(content, 4) == "b.c[0][0]"
    assert place_deeper_than(b'{"a": [[1]]}', 4) == ""


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b'{"a": 1, "a": 2}', "a"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "b"),
        (b'[{"a": 1}, {"a": 1}]', None),
        (b'{"a": {"a": 1}}', None),
        (b'{"a": 1, "\\u0061": 2}', "a"),
    ],
)
def test_a_key_that_is_there_twice_is_found(content: bytes, key: str | None) -> None:
    assert repeated_key(content) == key
