"""One event of the wire → the row that is kept and its heavy parts, or why it is not taken.

The record is read leniently: a newer device may send fields that this collector does not know, and a field
that the user did not agree to share is missing or null. What is known must be what the columns can hold.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from store.ids import parse_id
from store.protocol import MOST_RECORD_BYTES
from store.record_core import HEAVY

ESCAPED_NUL = b"\\u0000"
_LONGEST_REASON = 400
_UNSURE = "unsure"
_SHA256_BYTES = 32

_Label = Annotated[str, Meta(max_length=256)]
_Sha256 = Annotated[str, Meta(min_length=64, max_length=64)]


class Refused(Exception):  # noqa: N818 - reads as the answer that it becomes
    """A record that is not taken: `code` for programs, `reason` for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason[:_LONGEST_REASON]


class _Prediction(Struct, frozen=True, rename="camel"):
    class_name: _Label
    probability: Annotated[float, Meta(ge=0, le=1)]
    rank: int = 1


class _Said(Struct, frozen=True, rename="camel"):
    is_correct: bool | None = None
    corrected_label: _Label | None = None


class _Picture(Struct, frozen=True, rename="camel"):
    sha256: _Sha256 | None = None


class _Known(Struct, frozen=True, rename="camel"):
    """What the columns need of a record."""

    kind: _Label = "inference"
    model_version: _Label | None = None
    predictions: list[_Prediction] = []
    inference_id: _Label | None = None
    user_feedback: _Said | None = None
    picture: _Picture | None = None


_FIELDS = msgspec.json.Decoder(dict[str, Any])


class Parts(NamedTuple):
    """A record's heavy parts, decoded."""

    embedding: bytes | None
    crop: bytes | None


NO_PARTS = Parts(None, None)


class Content(NamedTuple):
    """What a record says: the columns, and its JSON without the heavy parts."""

    kind: str
    model_version: str | None
    label: str | None
    probability: float | None
    picture: bytes | None
    about: bytes | None
    word: str | None
    corrected: str | None
    payload: str
    parts: Parts


def read_record(raw: bytes) -> Content:
    """Reads the JSON of one record. Raises Refused with `oversize` or `malformed`."""
    if len(raw) > MOST_RECORD_BYTES:
        raise Refused("oversize", f"The record is larger than {MOST_RECORD_BYTES // 2**20} MiB.")
    known, fields = _decoded(raw)
    is_light = HEAVY.isdisjoint(fields)
    best = _best(known.predictions)
    said = known.user_feedback
    picture = known.picture.sha256 if known.picture else None
    return Content(
        known.kind,
        known.model_version,
        best.class_name if best else None,
        best.probability if best else None,
        _sha256_of(picture) if picture else None,
        _id_of(known.inference_id) if known.inference_id is not None else None,
        _word(said) if said else None,
        said.corrected_label if said else None,
        (raw if is_light else _without_heavy(fields)).decode(),
        NO_PARTS if is_light else Parts(_base64_of(fields, "embedding"), _base64_of(fields, "crop")),
    )


def _best(predictions: list[_Prediction]) -> _Prediction | None:
    """The answer of the first rank, which nearly always comes first."""
    if not predictions or predictions[0].rank == 1:
        return predictions[0] if predictions else None
    return min(predictions, key=lambda prediction: prediction.rank)


def _decoded(raw: bytes) -> tuple[_Known, dict[str, Any]]:
    try:
        fields = _FIELDS.decode(raw)
        known = msgspec.convert(fields, _Known)
    except msgspec.ValidationError as error:
        raise Refused("malformed", f"The record does not have the expected form: {error}.") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Refused("malformed", f"The record can't be read: {error}.") from None
    if ESCAPED_NUL in raw and _holds_nul(fields):
        raise Refused("malformed", "The record has a text with the character U+0000.")
    return known, fields


def _without_heavy(fields: dict[str, Any]) -> bytes:
    return msgspec.json.encode({name: value for name, value in fields.items() if name not in HEAVY})


def _holds_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_nul(name) or _holds_nul(inner) for name, inner in value.items())
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value


def _base64_of(fields: dict[str, Any], name: str) -> bytes | None:
    text = fields.get(name)
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Refused("malformed", f"`{name}` is not base64.") from None


def _id_of(text: str) -> bytes:
    try:
        return parse_id(text)
    except ValueError:
        raise Refused("malformed", "`inferenceId` is not a UUID.") from None


def _sha256_of(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != _SHA256_BYTES:
        raise Refused("malformed", "`picture.sha256` is not a SHA-256 in hex.")
    return digest


def _word(said: _Said) -> str:
    """As the device counts: right, wrong, or unsure."""
    if said.is_correct is None:
        return _UNSURE
    return "right" if said.is_correct else "wrong"
