"""Releases of models that somebody changed, forged, kept for too long or took back: a device takes none.

Every byte of the signed file is changed in two ways, bytes of the weights are changed at random, and whole
releases are what a thief or a bad collector would make of them. Each is put before what a device asks:
`accept` for the signed file, `check_file` for the weights.
"""

from __future__ import annotations

import base64
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from releasing import YEAR, Shop, open_shop

from store.releases.envelope import KEYS_TYPE, RELEASE_TYPE, key_id, sealed
from store.releases.errors import ReleaseRefused
from store.releases.files import check_file
from store.releases.keys import new_key
from store.releases.manifest import ReleaseFile
from store.releases.verifying import Standing, accept

NUMBER = 7
WEIGHTS = "head.safetensors"
WEIGHT_CHANGES = 10_000
_FLIPS = (0x01, 0x20)  # another letter, and the same in the other case


@dataclass
class Tampering:
    """How many releases were tried, by kind, and which of them were taken."""

    tried: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)

    def note(self, kind: str, *, taken: bool) -> None:
        """Counts one."""
        self.tried[kind] += 1
        if taken:
            self.accepted.append(kind)


def tamper(seed: str, weight_changes: int = WEIGHT_CHANGES) -> Tampering:
    """Tries all of it on a release made for this."""
    done = Tampering()
    with tempfile.TemporaryDirectory(prefix="whimbrel-releases-") as folder:
        shop = open_shop(Path(folder))
        right, standing = shop.signed(NUMBER), shop.standing()
        assert _accepts(right, standing), "the release that nobody changed is refused"
        for envelope in _cut_or_changed(right):
            done.note("changed-envelope", taken=_accepts(envelope, standing))
        for envelope in _with_another_manifest(right):
            done.note("changed-manifest", taken=_accepts(envelope, standing))
        for kind, envelope in _forgeries(shop, right):
            done.note(kind, taken=_accepts(envelope, standing))
        manifest = accept(right, standing)
        done.note("expired", taken=_accepts(right, shop.standing(now_ms=manifest.expires_at)))
        for last in (NUMBER, NUMBER + 1):
            done.note("rolled-back", taken=_accepts(right, shop.standing(last_version=last)))
        (file,) = [one for one in manifest.files if one.name == WEIGHTS]
        path, chance = shop.folder / f"head-{NUMBER}" / WEIGHTS, random.Random(f"weights:{seed}")
        for taken in _change_weights(path, file, chance, weight_changes):
            done.note("changed-weights", taken=taken)
    return done


def _accepts(envelope: bytes, standing: Standing) -> bool:
    try:
        accept(envelope, standing)
    except ReleaseRefused:
        return False
    return True


def _cut_or_changed(right: bytes) -> Iterator[bytes]:
    """Each byte changed, each beginning of it, and something after it."""
    changed = bytearray(right)
    for place, byte in enumerate(right):
        for flip in _FLIPS:
            changed[place] = byte ^ flip
            yield bytes(changed)
        changed[place] = byte
        yield right[:place]
    yield right + b" "


def _with_another_manifest(right: bytes) -> Iterator[bytes]:
    """The signature of the right one over a manifest in which one byte is another."""
    found = msgspec.json.decode(right)
    manifest = bytearray(base64.b64decode(found["payload"]))
    for place, byte in enumerate(bytes(manifest)):
        for flip in _FLIPS:
            manifest[place] = byte ^ flip
            yield msgspec.json.encode(found | {"payload": base64.b64encode(manifest).decode()})
        manifest[place] = byte


def _forgeries(shop: Shop, right: bytes) -> Iterator[tuple[str, bytes]]:
    """Without a signature, with a thief's, with a thief's in the team's name, and one for another thing."""
    manifest = base64.b64decode(msgspec.json.decode(right)["payload"])
    later = msgspec.json.decode(manifest)
    later["expires_at"] += YEAR
    yield "unsigned", _signed_by(right, {"sig": ""})
    yield "unsigned", _signed_by(right, {"sig": "A" * 86 + "=="})
    thief = new_key()
    yield "forged", sealed(manifest, RELEASE_TYPE, thief)
    theirs = sealed(msgspec.json.encode(later), RELEASE_TYPE, thief)
    yield "forged", _signed_by(theirs, {"keyid": key_id(shop.key.public_key)})
    yield "forged", sealed(manifest, KEYS_TYPE, shop.key).replace(KEYS_TYPE.encode(), RELEASE_TYPE.encode())


def _signed_by(envelope: bytes, other: dict[str, str]) -> bytes:
    found = msgspec.json.decode(envelope)
    found["signatures"][0] |= other
    return msgspec.json.encode(found)


def _change_weights(path: Path, file: ReleaseFile, chance: random.Random, changes: int) -> Iterator[bool]:
    """Whether each change of one byte passed."""
    right = path.read_bytes()
    with path.open("r+b", buffering=0) as weights:
        for _ in range(changes):
            place = chance.randrange(len(right))
            os.pwrite(weights.fileno(), bytes([right[place] ^ chance.randrange(1, 256)]), place)
            yield _fits(path, file)
            os.pwrite(weights.fileno(), right[place : place + 1], place)
    assert _fits(path, file), "the weights that nobody changed are refused"


def _fits(path: Path, file: ReleaseFile) -> bool:
    try:
        check_file(path, file)
    except ReleaseRefused:
        return False
    return True
