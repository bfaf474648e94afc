"""A change of release keys: the keys that hold from now on, signed with one that held before.

A change names the keys that it replaces, so that changes are taken in their order and none twice, and a key
that was taken out never comes back in: an old change, shown again, does nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from store.protocol import Base64, HexDigest
from store.releases import envelope as envelopes
from store.releases.errors import ReleaseError, ReleaseRefused
from store.releases.keys import SigningKey, public_key_of, public_text

SCHEMA = 1
MOST_KEYS = 2


class KeyChange(Struct, frozen=True):
    """`keys` hold instead of those whose `keys_hash` is `replaces`."""

    schema: Annotated[int, Meta(ge=SCHEMA, le=SCHEMA)]
    replaces: HexDigest
    keys: Annotated[list[Base64], Meta(min_length=1, max_length=MOST_KEYS)]


class PinnedKeys(Struct, frozen=True):
    """The raw public keys of which a release needs one, and those that this device saw go."""

    keys: tuple[bytes, ...]
    former: frozenset[bytes] = frozenset()


def keys_hash(keys: Iterable[bytes]) -> str:
    """SHA-256 over these raw keys in any order, hex."""
    return hashlib.sha256(b"".join(sorted(keys))).hexdigest()


def change_keys(before: Iterable[bytes], after: Iterable[bytes], signer: SigningKey) -> bytes:
    """The signed change from the keys `before`, the signer's among them, to `after`. Raises ReleaseError."""
    old, new = sorted(set(before)), sorted(set(after))
    if signer.public_key not in old:
        raise ReleaseError("A change of keys is signed with a key that held before.", "Use one of those.")
    if not 1 <= len(new) <= MOST_KEYS:
        raise ReleaseError(f"{len(new)} release keys can't hold.", "Name one, or one and a spare.")
    change = KeyChange(SCHEMA, keys_hash(old), [public_text(key) for key in new])
    return envelopes.sealed(msgspec.json.encode(change), envelopes.KEYS_TYPE, signer)


def after_changes(pinned: PinnedKeys, envelopes_in_order: Iterable[bytes]) -> PinnedKeys:
    """The keys after all of these changes that follow on each other; the others are passed over.

    A collector shows every device all changes since its beginning; most begin behind those of the past.
    """
    for envelope in envelopes_in_order:
        with contextlib.suppress(ReleaseRefused):
            pinned = after_change(pinned, envelope)
    return pinned


def after_change(pinned: PinnedKeys, envelope: bytes) -> PinnedKeys:
    """The keys after a change that follows on those that hold. Raises ReleaseRefused."""
    document = envelopes.opened(envelope, envelopes.KEYS_TYPE, pinned.keys)
    try:
        change = msgspec.json.decode(document, type=KeyChange)
        keys = tuple(sorted({public_key_of(text) for text in change.keys}))
    except (ValueError, RecursionError) as error:
        raise ReleaseRefused("wrong-form", "This change of keys can't be read.", "Tell your team.") from error
    if change.replaces != keys_hash(pinned.keys) or pinned.former & set(keys):
        raise ReleaseRefused(
            "not-newer",
            "This change of keys is not one that follows on the keys known here.",
            "Fetch the changes in their order, or enrol this device again.",
        )
    return PinnedKeys(keys, pinned.former | (set(pinned.keys) - set(keys)))
