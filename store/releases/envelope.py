"""DSSE envelopes: a document's raw bytes, its type, and one Ed25519 signature over both.

https://github.com/secure-systems-lab/dsse, protocol.md and envelope.md, version 1. What was signed is checked
before any of it is read. Beyond DSSE there is exactly one signature, whose `keyid` is the SHA-256 of its key,
and exactly one way to write an envelope: with any byte changed it is another file, and refused as such.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import NoReturn

import msgspec
from msgspec import Struct

from store.releases.errors import ReleaseRefused
from store.releases.keys import SigningKey

RELEASE_TYPE = "application/vnd.whimbrel.release+json"
KEYS_TYPE = "application/vnd.whimbrel.release-keys+json"
MOST_BYTES = 1024 * 1024
_AGAIN = "Fetch it again; if it stays so, do not use it and tell your team."


class _Signature(Struct, frozen=True):
    keyid: str
    sig: str


class _Envelope(Struct, frozen=True, rename="camel"):
    payload: str
    payload_type: str
    signatures: tuple[_Signature]


def key_id(public_key: bytes) -> str:
    """How an envelope names a raw public key: its SHA-256, hex."""
    return hashlib.sha256(public_key).hexdigest()


def sealed(document: bytes, document_type: str, key: SigningKey) -> bytes:
    """The envelope of a document, signed."""
    signature = key.sign(_signed_bytes(document_type, document))
    one = _Signature(key_id(key.public_key), _text(signature))
    return msgspec.json.encode(_Envelope(_text(document), document_type, (one,)))


def opened(envelope: bytes, document_type: str, keys: Iterable[bytes]) -> bytes:
    """The document in an envelope that one of these raw public keys signed. Raises ReleaseRefused."""
    found = _read(envelope)
    (signature,) = found.signatures
    document, signed = _bytes(found.payload), _bytes(signature.sig)
    if found.payload_type != document_type:
        _refuse_unreadable()
    key = next((key for key in keys if key_id(key) == signature.keyid), None)
    if key is None:
        raise ReleaseRefused(
            "wrong-key",
            "This is signed with a key that is not among the release keys known here.",
            "If your team changed its key, fetch the change of keys first; else do not use this.",
        )
    _check(key, signed, _signed_bytes(document_type, document))
    return document


def _read(envelope: bytes) -> _Envelope:
    """An envelope that is written as `sealed` writes it."""
    if len(envelope) > MOST_BYTES:
        _refuse_unreadable()
    try:
        found = msgspec.json.decode(envelope, type=_Envelope)
    except (ValueError, RecursionError):
        _refuse_unreadable()
    if msgspec.json.encode(found) != envelope:
        _refuse_unreadable()
    return found


def _check(key: bytes, signature: bytes, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - the server must start without it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise ReleaseRefused(
            "bad-signature", "The signature does not fit what it should have signed.", _AGAIN
        ) from None


def _signed_bytes(document_type: str, document: bytes) -> bytes:
    """DSSE's pre-authentication encoding: lengths first, so that nothing can move from one to the other."""
    name = document_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(document), document)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    """Strict base64: the last character's spare bits must be 0."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError:
        _refuse_unreadable()
    if _text(value) != text:
        _refuse_unreadable()
    return value


def _refuse_unreadable() -> NoReturn:
    raise ReleaseRefused(
        "unreadable", "This is no signed file of Whimbrel's, or it is damaged.", _AGAIN
    ) from None
