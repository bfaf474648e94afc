"""Hands a model of this device in at its collector, so that the team can make a release of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from store.local.errors import StoreError
from store.protocol import SCHEMA
from store.protocol_releases import MODELS, MOST_PART_BYTES, ModelAnswer, ModelRequest
from store.sync.exchange import Exchange, Line
from store.sync.verdict import Bisect, Refused, Retry, Stop, UpdateNeeded
from store.sync.words import failure_words

_TRIES = 5
_REST_S = 1.0
Progress = Callable[[str, float], None]


class Way(NamedTuple):
    """To which collector, and how to wait where it is busy."""

    exchange: Exchange
    line: Line
    sleep: Callable[[float], None]


class NotHandedIn(StoreError):  # noqa: N818 - reads as what became of it
    """The collector could not be reached, or does not want the model."""


def hand_in(way: Way, folder: Path, document: bytes, told: Progress) -> str:
    """Sends what the collector asks for of the unsigned release in a folder; the model's id there.

    Asked again after a cut, it goes on where it was. Raises NotHandedIn and OSError.
    """
    answer = _ask(way, document, None)
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    whole = sum(sizes.values())
    while not answer.model:
        if answer.file not in sizes or answer.start >= sizes[answer.file]:
            raise NotHandedIn("The collector asks for what this model does not have.", "Tell your team.")
        told(f"Sending {answer.file}.", _before(sizes, answer) / whole)
        answer = _ask(way, document, answer, _part(folder / answer.file, answer.start))
    return answer.model


def _part(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(MOST_PART_BYTES)


def _before(sizes: dict[str, int], answer: ModelAnswer) -> int:
    """Bytes that are at the collector, as far as its order of files tells."""
    names = list(sizes)
    return sum(sizes[name] for name in names[: names.index(answer.file)]) + answer.start


def _ask(way: Way, document: bytes, at: ModelAnswer | None, content: bytes = b"") -> ModelAnswer:
    request = ModelRequest(
        schema=SCHEMA,
        device_id=way.line.enrolment.device_id,
        manifest=base64.b64encode(document).decode(),
        file=at.file if at else "",
        start=at.start if at else 0,
        content=base64.b64encode(content).decode(),
    )
    found: ModelAnswer | Refused | None = None
    for _ in range(_TRIES):
        found = way.exchange.ask(way.line, MODELS, request, ModelAnswer)
        if isinstance(found, ModelAnswer):
            return found
        if isinstance(found, Stop | UpdateNeeded | Bisect):
            break
        if isinstance(found, Retry):
            way.sleep(_REST_S if found.after_s is None else found.after_s)
    raise _refused(found)


def _refused(found: ModelAnswer | Refused | None) -> NotHandedIn:
    if isinstance(found, Bisect):
        return NotHandedIn("The collector does not take this model.", "Its log says why; ask your team.")
    code = getattr(found, "code", "update-needed")
    sentence, _ = failure_words(code)
    return NotHandedIn(sentence, "Nothing is lost; the same command goes on where this one ended.")
