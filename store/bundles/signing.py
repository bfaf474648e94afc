"""Ed25519 signatures of short texts (RFC 8032). What is signed begins with a line that says what it is, so
that a signature of one thing is none of another.

Signatures are 128 lower-case hex digits and nothing else: a text that is written otherwise is no signature,
though its bytes might be the same.
"""

from __future__ import annotations

import re

_HEX = re.compile(r"[0-9a-f]{128}")


def sign(private_key: bytes, what: bytes, content: bytes) -> str:
    """The signature of `content` as a `what`; the key is raw, 32 bytes. Raises ValueError for another."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    return Ed25519PrivateKey.from_private_bytes(private_key).sign(what + content).hex()


def public_key_of(private_key: bytes) -> bytes:
    """The public half, raw. Raises ValueError where the key is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def is_signed(public_key: bytes, what: bytes, content: bytes, signature: str) -> bool:
    """Whether the key's owner signed `content` as a `what`. A key that is none has signed nothing."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - the server must start without it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    if _HEX.fullmatch(signature) is None:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(bytes.fromhex(signature), what + content)
    except (InvalidSignature, ValueError):
        return False
    return True
