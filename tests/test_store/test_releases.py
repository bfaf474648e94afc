"""Signed releases: with any byte changed, unsigned, over, older or by another key, none is accepted."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import msgspec
import pytest
from local_records import NOW
from releasing import YEAR, Shop, open_shop

from store.releases import envelope as envelopes
from store.releases.envelope import KEYS_TYPE, RELEASE_TYPE, opened, sealed
from store.releases.errors import ReleaseRefused
from store.releases.keys import new_key
from store.releases.manifest import decoded, encoded, read_app_version
from store.releases.verifying import Standing, accept


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def release(shop: Shop) -> bytes:
    return shop.signed(7)


def refused(envelope: bytes, standing: Standing) -> str | None:
    """The code of a refusal, None where the release is accepted."""
    try:
        accept(envelope, standing)
    except ReleaseRefused as refusal:
        return refusal.code
    return None


def test_a_good_release_is_accepted_as_it_was_made(shop: Shop, release: bytes) -> None:
    manifest = accept(release, shop.standing())
    assert (manifest.version, manifest.kind, manifest.name) == (7, "head", shop.version.name)
    assert [label.name for label in manifest.labels] == ["wolf", "fox", "dog"]
    assert (manifest.head_id, manifest.expires_at) == (shop.version.head_id, NOW + YEAR)
    assert sorted(file.name for file in manifest.files) == ["head.json", "head.safetensors"]


def test_with_any_one_byte_changed_none_is_accepted(shop: Shop, release: bytes) -> None:
    standing = shop.standing()
    changed = bytearray(release)
    accepted = []
    for place, right in enumerate(release):
        for flip in (0x01, 0x20, 0x80):
            changed[place] = right ^ flip
            if refused(bytes(changed), standing) is None:
                accepted.append((place, flip))
        changed[place] = right
    assert accepted == []


def test_cut_off_anywhere_or_with_anything_added_none_is_accepted(shop: Shop, release: bytes) -> None:
    standing = shop.standing()
    assert [end for end in range(len(release)) if refused(release[:end], standing) is None] == []
    others = [release + b"\n", b" " + release, release * 2, release.replace(b",", b", ", 1), b"[" * 100_000]
    assert [refused(other, standing) for other in others] == ["unreadable"] * len(others)


def test_every_byte_of_the_signed_manifest_counts(shop: Shop, release: bytes) -> None:
    """The manifest itself changed and put into a well-formed envelope with the signature that was there."""
    whole = json.loads(release)
    document = bytearray(base64.b64decode(whole["payload"]))
    codes = set()
    for place in range(len(document)):
        document[place] ^= 0x01
        whole["payload"] = base64.b64encode(document).decode()
        codes.add(refused(msgspec.json.encode(whole), shop.standing()))
        document[place] ^= 0x01
    assert codes == {"bad-signature"}


def test_without_a_signature_or_with_another_beside_it_none_is_accepted(shop: Shop, release: bytes) -> None:
    whole = json.loads(release)
    for times in (0, 2):
        changed = msgspec.json.encode(whole | {"signatures": whole["signatures"] * times})
        assert refused(changed, shop.standing()) == "unreadable"
    assert refused(base64.b64decode(whole["payload"]), shop.standing()) == "unreadable"
    empty = msgspec.json.encode(whole | {"signatures": [whole["signatures"][0] | {"sig": ""}]})
    assert refused(empty, shop.standing()) == "bad-signature"


def test_a_key_that_is_not_known_does_not_count_nor_one_that_says_that_it_is_another(
    shop: Shop, release: bytes
) -> None:
    assert refused(release, shop.standing(keys=())) == "wrong-key"
    assert refused(release, shop.standing(keys=(new_key().public_key,))) == "wrong-key"
    other = new_key()
    forged = json.loads(sealed(opened(release, RELEASE_TYPE, [shop.key.public_key]), RELEASE_TYPE, other))
    forged["signatures"][0]["keyid"] = envelopes.key_id(shop.key.public_key)
    assert refused(msgspec.json.encode(forged), shop.standing()) == "bad-signature"
    spare = shop.standing(keys=(other.public_key, shop.key.public_key))
    assert refused(release, spare) is None


def test_what_was_signed_as_another_thing_is_no_release(shop: Shop, release: bytes) -> None:
    document = opened(release, RELEASE_TYPE, [shop.key.public_key])
    assert refused(sealed(document, KEYS_TYPE, shop.key), shop.standing()) == "unreadable"
    named = json.loads(sealed(document, KEYS_TYPE, shop.key)) | {"payloadType": RELEASE_TYPE}
    assert refused(msgspec.json.encode(named), shop.standing()) == "bad-signature"


def test_spare_bits_of_base64_make_it_another_file(shop: Shop) -> None:
    """`QQ==` and `QR==` are the same byte to a lenient reader."""
    envelope = json.loads(sealed(b"A", RELEASE_TYPE, shop.key))
    assert envelope["payload"] == "QQ=="
    with pytest.raises(ReleaseRefused):
        opened(msgspec.json.encode(envelope | {"payload": "QR=="}), RELEASE_TYPE, [shop.key.public_key])


@pytest.mark.parametrize("last", [7, 8, 2**53])
def test_no_release_takes_a_device_back(shop: Shop, release: bytes, last: int) -> None:
    assert refused(release, shop.standing(last_version=last)) == "not-newer"


@pytest.mark.parametrize(
    ("now", "code"),
    [(NOW + YEAR - 1, None), (NOW + YEAR, "expired"), (NOW + 9 * YEAR, "expired"), (-5, None)],
)
def test_after_its_time_it_is_not_installed(shop: Shop, release: bytes, now: int, code: str | None) -> None:
    assert refused(release, shop.standing(now_ms=now)) == code


@pytest.mark.parametrize(
    ("app", "code"), [("0.1.0", None), ("0.1", None), ("0.10.0", None), ("0.0.9", "app-too-old"), ("1", None)]
)
def test_an_older_whimbrel_waits_for_its_update(
    shop: Shop, release: bytes, app: str, code: str | None
) -> None:
    assert refused(release, shop.standing(app_version=app)) == code


def test_a_newer_form_asks_for_an_update_and_other_files_are_refused(shop: Shop, release: bytes) -> None:
    manifest = accept(release, shop.standing())
    newer = sealed(b'{"schema": 2, "files": "in another form"}', RELEASE_TYPE, shop.key)
    assert refused(newer, shop.standing()) == "app-too-old"
    outside = msgspec.structs.replace(manifest.files[0], name="../../whimbrel.sqlite3")
    for files in ([*manifest.files, outside], [outside, manifest.files[1]], manifest.files[:1], []):
        wrong = encoded(msgspec.structs.replace(manifest, files=files))
        assert refused(sealed(wrong, RELEASE_TYPE, shop.key), shop.standing()) == "wrong-form"


def test_a_manifest_is_read_as_it_was_written(shop: Shop, release: bytes) -> None:
    manifest = accept(release, shop.standing())
    assert decoded(encoded(manifest)) == manifest


def test_versions_of_whimbrel_compare_by_their_numbers() -> None:
    assert read_app_version("0.10.2+unknown") == (0, 10, 2, 0)
    with pytest.raises(ValueError, match="no version"):
        read_app_version("unknown")


def test_what_is_too_long_is_not_read(shop: Shop, tmp_path: Path) -> None:
    long = sealed(b" " * envelopes.MOST_BYTES, RELEASE_TYPE, shop.key)
    assert refused(long, shop.standing()) == "unreadable"
