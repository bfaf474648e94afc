"""One raw record of a batch → a `Record`, or a sentence that says what to change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from store.events import Record
from store.json_places import place_deeper_than, place_of_error

_DECODER = msgspec.json.Decoder(Record)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_TIME = 64
_LONGEST_REASON = 400
_LONGEST_ID = 128
_DEEPEST = 64  # nothing that Whimbrel keeps nests deeper than a few
_ESCAPED_NUL = b"\\u0000"
_NO_NUL = "it must not contain the character U+0000"
_PLAIN_WORDS = {
    "expected `str` matching regex '^[^\\\\x00]*$'": _NO_NUL,
}


class Refused(Exception):  # noqa: N818 - reads as the answer that it becomes
    """A record that is not taken: `code` for programs, `reason` for people, `id` as far as it is known."""

    def __init__(self, code: str, reason: str, record_id: str | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason[:_LONGEST_REASON]
        self.id = record_id


def decode(raw: bytes) -> Record:
    """Reads and checks one record. No `kind` means an inference; `timestamp` may be ISO-8601 with its zone.

    Raises Refused with `not_json`, `too_deep` or `invalid`.
    """
    try:
        record: Record = _DECODER.decode(raw)
    except msgspec.ValidationError:
        record = _decode_leniently(raw)
    except RecursionError:
        raise _too_deep(raw) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(raw, str(error)) from None
    if _ESCAPED_NUL in raw:  # JSON has no other way to write it
        _refuse_nul(msgspec.to_builtins(record), "", record.id)
    return record


def _refuse_nul(value: object, place: str, record_id: str | None) -> None:
    """Raises Refused for the first text in a decoded record that holds U+0000, in whatever depth."""
    if isinstance(value, str) and "\0" in value:
        raise Refused("invalid", f"Change {place}: {_NO_NUL}.", record_id)
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_nul(inner, f"{place}.{name}" if place else name, record_id)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_nul(inner, f"{place}[{index}]", record_id)


def _too_deep(raw: bytes) -> Refused:
    place = place_deeper_than(raw, _DEEPEST)
    return Refused("too_deep", f"Change {place}: the record nests too deeply there.")


def _not_json(raw: bytes, message: str) -> Refused:
    place = place_of_error(raw, message) or "the record"
    return Refused("not_json", f"Change {place}: it is not valid JSON in UTF-8.")


def _decode_leniently(raw: bytes) -> Record:
    """The seed's own form: no `kind`, and a time as text."""
    try:
        fields = msgspec.json.decode(raw)
    except RecursionError:
        raise _too_deep(raw) from None
    except ValueError as error:  # msgspec.DecodeError is one
        raise _not_json(raw, str(error)) from None
    if not isinstance(fields, dict):
        raise Refused("invalid", "A record must be a JSON object.")
    own_id = _own_id(fields)
    fields.setdefault("kind", "inference")
    if isinstance(fields.get("timestamp"), str):
        fields["timestamp"] = _milliseconds(fields["timestamp"], own_id)
    try:
        record: Record = msgspec.convert(fields, Record)
    except msgspec.ValidationError as error:
        raise Refused("invalid", _in_words(str(error)), own_id) from None
    return record


def _own_id(fields: dict[str, Any]) -> str | None:
    own = fields.get("id")
    return own if isinstance(own, str) and len(own) <= _LONGEST_ID else None


def _milliseconds(text: str, own_id: str | None) -> int:
    """Milliseconds since the epoch of an ISO-8601 time, cut to the millisecond."""
    try:
        moment = datetime.fromisoformat(text) if len(text) <= _LONGEST_TIME else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        reason = "Change timestamp: it is milliseconds since 1970, or ISO-8601 as 2026-05-01T12:00:00Z."
        raise Refused("invalid", reason, own_id)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _in_words(message: str) -> str:
    """msgspec's "Expected `x` - at `$.y`" as a request."""
    what, _, where = message.partition(" - at ")
    what = what[:1].lower() + what[1:]
    place = where.replace("`", "").replace("$.", "").replace("$", "") or "the record"
    return f"Change {place}: {_PLAIN_WORDS.get(what, what)}."
