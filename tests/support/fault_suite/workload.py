"""The batches that the fault suite sends, each made from its number alone: the same one again, byte for byte.

Batches take turns between four forms: inferences with feedback and heavy parts inside; plain ones; the seed's
own form, which has no ids; and a mixed batch of inferences, feedback, an attachment and an event. `timestamp`
is the record's tag: a number that no other record of the run has.
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from local_records import EMBEDDING, JPEG, NOW, SPACE, WEBP, attachment, body_of, inference, said, uuid

BATCH = 5
FORMS = ("heavy", "plain", "seed", "mixed")
_SESSIONS = 7


def blob(number: int, kind: bytes, repeat: int) -> bytes:
    """Bytes that no other record has, so that one in another's place is seen."""
    return kind + number.to_bytes(8, "big") * repeat


def vector(number: int) -> bytes:
    """The embedding of a record, float16."""
    return EMBEDDING * 60 + (number % 30_000).to_bytes(2, "little")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def tags_of(number: int) -> range:
    """The tags of a batch's records."""
    return range(number * BATCH, (number + 1) * BATCH)


def form_of(number: int) -> str:
    """Which of the four forms a batch has."""
    return FORMS[number % len(FORMS)]


def records_of(number: int) -> list[dict[str, Any]]:
    """The records of a batch as they are sent."""
    make = {"heavy": _heavy, "plain": _plain, "seed": _seed, "mixed": _mixed}[form_of(number)]
    return make(list(tags_of(number)))


def _heavy(tags: list[int]) -> list[dict[str, Any]]:
    return [
        inference(
            tag,
            userFeedback={"isCorrect": False, "correctedLabel": f"label {tag % 9}"},
            embedding=_text(vector(tag)),
            thumbnail=_text(blob(tag, WEBP, 40)),
            crop=_text(blob(tag, JPEG, 40)),
        )
        for tag in tags
    ]


def _plain(tags: list[int]) -> list[dict[str, Any]]:
    return [inference(tag) for tag in tags]


def _seed(tags: list[int]) -> list[dict[str, Any]]:
    return [inference(tag, id=None, kind=None, picture=None) for tag in tags]


def _mixed(tags: list[int]) -> list[dict[str, Any]]:
    first, second, third, fourth, fifth = tags
    return [
        inference(first),
        inference(second),
        said(third, first),
        attachment(fourth, second, embedding=vector(second), thumbnail=blob(second, WEBP, 40))
        | {"timestamp": NOW + fourth},
        {"kind": "event", "id": uuid(fifth), "timestamp": NOW + fifth, "stage": "decode", "code": "bad_file"},
    ]


def body(number: int) -> bytes:
    """The body of `POST /api/statistics`."""
    return body_of(*records_of(number), session=f"faults-{number % _SESSIONS}")


class Parts(NamedTuple):
    """The tags of a batch's records that have an embedding, a thumbnail, an opinion about them."""

    embeddings: frozenset[int]
    thumbnails: frozenset[int]
    opinions: frozenset[int]


def parts_of(number: int) -> Parts:
    """What a whole batch has beside its records."""
    tags = tags_of(number)
    form = form_of(number)
    if form == "heavy":
        return Parts(frozenset(tags), frozenset(tags), frozenset(tags))
    if form == "mixed":
        return Parts(frozenset({tags[1]}), frozenset({tags[1]}), frozenset({tags[0]}))
    return Parts(frozenset(), frozenset(), frozenset())


__all__ = ["BATCH", "FORMS", "SPACE", "Parts", "blob", "body", "form_of", "parts_of", "records_of"]
__all__ += ["tags_of", "vector"]
