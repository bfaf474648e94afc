"""Passwords as Argon2id hashes (RFC 9106's second recommendation, the library's default); its only import."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from store.collector.errors import CollectorError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 200


def hashed(password: str) -> str:
    """What is kept of a password. Raises CollectorError where it is too short to be one."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise CollectorError(
            f"A password has {SHORTEST} to {LONGEST} characters.", "Choose another; a short sentence is good."
        )
    return _hasher().hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether this is the password; without a hash the same time passes, and it is not."""
    hasher = _hasher()
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415 - only where accounts are

    try:
        return hasher.verify(kept or _of_nobody(), password[:LONGEST]) and kept is not None
    except (Argon2Error, InvalidHashError):
        return False


@functools.cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher  # noqa: PLC0415 - only where accounts are
    except ImportError:
        raise CollectorError(
            "The library for passwords is not installed here.",
            "Install it with `pip install 'whimbrel[collector]'`.",
        ) from None
    return PasswordHasher()


@functools.cache
def _of_nobody() -> str:
    return _hasher().hash("nobody has this password")
