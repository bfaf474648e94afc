"""Where in a JSON text something is, in the words of a path: a parser's "byte 4711" helps nobody."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(_STRING + rb"|[{}\[\],:]", re.DOTALL)
_STRING_OR_NUMBER = re.compile(_STRING + rb"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)", re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)")
_HALF_A_PAIR = re.compile(rb"(?i)(?<!\\)(?:\\\\)*(?:\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f])")
_SHOWN_STEPS = 8
_SHOWN_NAME = 64


class _Place:
    """The path to where a reader of the tokens stands; a step is a key, an index, or None before a key."""

    def __init__(self) -> None:
        self._steps: list[str | int | None] = []
        self._at_key = False

    @property
    def depth(self) -> int:
        return len(self._steps)

    def pass_by(self, token: bytes) -> None:
        if token in b"{[":
            self._steps.append(None if token == b"{" else 0)
            self._at_key = token == b"{"
        elif token in b"}]":
            self._leave()
        elif token == b",":
            self._go_on()
        elif token == b":":
            self._at_key = False
        elif self._at_key and self._steps:
            self._steps[-1] = _name(token)

    def _leave(self) -> None:
        if self._steps:
            self._steps.pop()
        self._at_key = False

    def _go_on(self) -> None:
        if not self._steps:
            return
        step = self._steps[-1]
        self._at_key = not isinstance(step, int)
        self._steps[-1] = step + 1 if isinstance(step, int) else None

    def __str__(self) -> str:
        known = [step for step in self._steps if step is not None]
        shown = known[:_SHOWN_STEPS]
        texts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in shown]
        return "".join(texts).removeprefix(".") + ("…" if len(known) > len(shown) else "")


def _name(token: bytes) -> str:
    try:
        name = json.loads(token)
    except ValueError:
        name = token[1:-1].decode(errors="replace")
    return str(name)[:_SHOWN_NAME].encode(errors="replace").decode()


def _tokens(content: bytes, end: int) -> Iterator[bytes]:
    return (match.group() for match in _TOKEN.finditer(content, 0, end))


def place_at(content: bytes, offset: int) -> str:
    """The path of what stands at this byte, as `statistics[0].inferenceTime`; empty for the whole text."""
    place = _Place()
    for token in _tokens(content, offset):
        place.pass_by(token)
    return str(place)


def place_of_error(content: bytes, message: str) -> str:
    """The path of what keeps this text from being JSON, empty for the whole of it.

    `message` is msgspec's; it ends in "(byte N)", or names no place for bytes that are not UTF-8, for a
    number beyond all floats, for half of a surrogate pair and for a text that ends too early.
    """
    named = _BYTE.search(message)
    if named is not None:
        return place_at(content, int(named.group(1)))
    found = (_not_utf8(content), _endless_number(content), _half_a_pair(content), len(content))
    return place_at(content, next(place for place in found if place is not None))


def _not_utf8(content: bytes) -> int | None:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def _endless_number(content: bytes) -> int | None:
    numbers = (found for found in _STRING_OR_NUMBER.finditer(content) if found.group("number"))
    return next((found.start() for found in numbers if math.isinf(float(found.group()))), None)


def _half_a_pair(content: bytes) -> int | None:
    half = _HALF_A_PAIR.search(content)
    return None if half is None else half.start()


def place_deeper_than(content: bytes, depth: int) -> str:
    """The path of the first value that lies deeper than `depth` objects and lists; empty where none does."""
    place = _Place()
    for token in _tokens(content, len(content)):
        if place.depth == depth and token in b"{[":
            return str(place)
        place.pass_by(token)
    return ""


class _Repeated(Exception):  # noqa: N818 - carries a key, leaves this module never
    pass


def repeated_key(content: bytes) -> str | None:
    """The first key that some object of this valid JSON has more than once, None where there is none."""
    try:
        json.loads(content, object_pairs_hook=_without_repetition)
    except _Repeated as found:
        return str(found)
    return None


def _without_repetition(pairs: list[tuple[str, object]]) -> None:
    if len(pairs) != len(dict(pairs)):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Repeated(key[:_SHOWN_NAME])
            seen.add(key)
