"""Enrolment codes: what a person types once to connect a device, e.g. `K7QF-2M9T-4XHB-W0CD`.

Crockford's base32 in groups of four: 80 bits of secret and, where the collector has release roots, 40 bits by
which a device knows them. The secret is for one use and a day; nobody can try 2^80.

A collector gone bad could look for keys of its own with the same 40 bits. So they are taken from a scrypt
hash (about 50 ms a try): finding such keys takes a thousand years of a processor.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterable

from msgspec import Struct

SECRET_BYTES, FINGERPRINT_BYTES = 10, 5
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011", " -\t\r\n")
_BITS, _GROUP = 5, 4
_SCRYPT_N, _SCRYPT_R = 2**14, 8
_SALT = b"whimbrel release roots"


class EnrolmentCode(Struct, frozen=True):
    """`secret` is 10 bytes; `fingerprint` 5 bytes of the release roots, None where the collector has none."""

    secret: bytes
    fingerprint: bytes | None = None

    @property
    def text(self) -> str:
        """As it is shown and typed."""
        letters = _letters(self.secret + (self.fingerprint or b""))
        return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))

    @property
    def hash(self) -> bytes:
        """What a collector keeps instead of it: SHA-256 of the secret."""
        return hashlib.sha256(self.secret).digest()


def make(
    fingerprint: bytes | None = None, random_bytes: Callable[[int], bytes] = os.urandom
) -> EnrolmentCode:
    """A new code; `fingerprint` as `roots_fingerprint` makes it."""
    return EnrolmentCode(random_bytes(SECRET_BYTES), fingerprint)


def parse(text: str) -> EnrolmentCode:
    """Reads what a person typed: any case, with or without hyphens and spaces; O is 0, I and L are 1.

    Raises ValueError where it is no such code.
    """
    letters = text.upper().translate(_READ_AS)
    value = _bytes(letters)
    if len(value) not in (SECRET_BYTES, SECRET_BYTES + FINGERPRINT_BYTES):
        raise ValueError("not an enrolment code")
    return EnrolmentCode(value[:SECRET_BYTES], value[SECRET_BYTES:] or None)


def roots_fingerprint(roots: Iterable[bytes]) -> bytes:
    """The 5 bytes that stand for these release roots (raw Ed25519 public keys), in any order."""
    return _slowly_hashed(b"".join(sorted(roots)))


@functools.lru_cache(maxsize=8)  # a collector has the same roots for every code
def _slowly_hashed(keys: bytes) -> bytes:
    return hashlib.scrypt(keys, salt=_SALT, n=_SCRYPT_N, r=_SCRYPT_R, p=1, dklen=FINGERPRINT_BYTES)


def _letters(value: bytes) -> str:
    number, count = int.from_bytes(value, "big"), len(value) * 8 // _BITS
    return "".join(_ALPHABET[number >> (_BITS * place) & 31] for place in reversed(range(count)))


def _bytes(letters: str) -> bytes:
    number = 0
    for letter in letters:
        place = _ALPHABET.find(letter)
        if place < 0:
            raise ValueError("not an enrolment code")
        number = number << _BITS | place
    size, left = divmod(len(letters) * _BITS, 8)
    if left:
        raise ValueError("not an enrolment code")
    return number.to_bytes(size, "big")
