"""The files of a release and the keys that sign it: nothing that differs passes, keys change in order."""

from __future__ import annotations

import json
import random
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from releasing import Shop, open_shop

from store.releases.envelope import RELEASE_TYPE, sealed
from store.releases.errors import ReleaseError, ReleaseRefused
from store.releases.files import check_file, check_files
from store.releases.key_change import PinnedKeys, after_change, after_changes, change_keys
from store.releases.keys import SigningKey, new_key, read_key, read_public, write_key
from store.releases.making import manifest_of
from store.releases.manifest import ReleaseFile
from store.releases.verifying import accept

FLIPS = 10_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("releases"))


def test_a_whole_release_holds_the_network_and_passes(shop: Shop) -> None:
    folder = shop.make(1, "whole")
    _, manifest = manifest_of(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "backbone.json",
        "head.json",
        "head.safetensors",
        "manifest.json",
        "weights.safetensors",
    ]
    assert manifest.size == sum((folder / file.name).stat().st_size for file in manifest.files)


def test_with_any_byte_of_the_weights_changed_they_are_refused(shop: Shop) -> None:
    """Ten thousand single-byte changes, seeded; a file of the same length each."""
    folder = shop.make(2)
    _, manifest = manifest_of(folder)
    (weights,) = [file for file in manifest.files if file.name == "head.safetensors"]
    path = folder / weights.name
    right, draw, accepted = path.read_bytes(), random.Random(20261125), 0
    with path.open("r+b", buffering=0) as file:
        for _ in range(FLIPS):
            place = draw.randrange(len(right))
            file.seek(place)
            file.write(bytes([right[place] ^ draw.randrange(1, 256)]))
            accepted += _passes(path, weights)
            file.seek(place)
            file.write(right[place : place + 1])
    assert accepted == 0
    check_files(folder, manifest)


def _passes(path: Path, file: ReleaseFile) -> bool:
    try:
        check_file(path, file)
    except ReleaseRefused:
        return False
    return True


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b""])
def test_a_file_of_another_length_is_refused(
    shop: Shop, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = replace(shop, folder=tmp_path).make() / "head.json"
    (facts,) = [file for file in manifest_of(path.parent)[1].files if file.name == path.name]
    assert _passes(path, facts)
    path.write_bytes(change(path.read_bytes()))
    assert not _passes(path, facts)
    assert not _passes(tmp_path / "absent.json", facts)


def test_what_a_head_says_must_be_what_its_manifest_says(shop: Shop) -> None:
    folder = shop.make(4, "whole")
    _, manifest = manifest_of(folder)
    for change in (
        {"labels": manifest.labels[::-1]},
        {"temperature": manifest.temperature + 1e-9},
        {"head_id": "0" * 64},
        {"backbone_id": "0" * 64},
        {"space_id": "0" * 64},
        {"alpha": 1.0},
    ):
        with pytest.raises(ReleaseRefused) as refusal:
            check_files(folder, msgspec.structs.replace(manifest, **change))
        assert refusal.value.code == "wrong-file"


def test_a_folder_whose_files_differ_is_not_signed(shop: Shop) -> None:
    folder = shop.make(5)
    head = json.loads((folder / "head.json").read_text(encoding="utf-8"))
    head["labels"][0]["name"] = "coyote"
    (folder / "head.json").write_text(json.dumps(head), encoding="utf-8")
    with pytest.raises(ReleaseRefused):
        manifest_of(folder)


def test_a_key_is_its_owners_alone_and_reads_back(tmp_path: Path) -> None:
    key = new_key()
    public = write_key(key, tmp_path / "team.key", b"heather")
    assert stat.S_IMODE((tmp_path / "team.key").stat().st_mode) == 0o600
    assert read_public(public) == key.public_key
    assert read_key(tmp_path / "team.key", b"heather").public_key == key.public_key
    for passphrase in (b"", b"gorse"):
        with pytest.raises(ReleaseError):
            read_key(tmp_path / "team.key", passphrase)
    with pytest.raises(ReleaseError):
        write_key(new_key(), tmp_path / "team.key", b"")
    assert read_public(public) == key.public_key


def pinned(*keys: SigningKey) -> PinnedKeys:
    return PinnedKeys(tuple(sorted(key.public_key for key in keys)))


def change(before: list[SigningKey], after: list[SigningKey], signer: SigningKey) -> bytes:
    return change_keys([key.public_key for key in before], [key.public_key for key in after], signer)


def test_a_new_key_signed_by_an_old_one_takes_its_place(shop: Shop) -> None:
    old, spare, new = shop.key, new_key(), new_key()
    after = after_change(pinned(old, spare), change([old, spare], [new, spare], spare))
    assert set(after.keys) == {new.public_key, spare.public_key}
    release = shop.signed(8)
    with pytest.raises(ReleaseRefused) as refusal:
        accept(release, shop.standing(keys=after.keys))
    assert refusal.value.code == "wrong-key"


def test_keys_change_in_their_order_and_never_back() -> None:
    a, b, c, d = (new_key() for _ in range(4))
    first, second = change([a, b], [a, c], a), change([a, c], [a, d], a)
    back = change([a, d], [a, b], a)
    with pytest.raises(ReleaseRefused):
        after_change(pinned(a, b), second)
    now = after_changes(pinned(a, b), [first, second])
    assert set(now.keys) == {a.public_key, d.public_key}
    assert after_changes(now, [first, second, back]) == now
    assert after_changes(pinned(a, d), [first, second]) == pinned(a, d)


def test_a_change_is_signed_by_a_key_that_holds_and_by_no_other() -> None:
    a, b, stranger = (new_key() for _ in range(3))
    with pytest.raises(ReleaseError):
        change([a], [b], b)
    with pytest.raises(ReleaseRefused):
        after_change(pinned(a), change([stranger], [b], stranger))
    good = change([a], [b], a)
    assert [end for end in range(len(good)) if _taken(pinned(a), good[:end])] == []
    flipped = [good[:n] + bytes([good[n] ^ 1]) + good[n + 1 :] for n in range(len(good))]
    assert [n for n, bad in enumerate(flipped) if _taken(pinned(a), bad)] == []
    assert not _taken(pinned(a), sealed(b"{}", RELEASE_TYPE, a))
    for after in ([], [a, b, stranger]):
        with pytest.raises(ReleaseError):
            change([a], after, a)


def _taken(keys: PinnedKeys, envelope: bytes) -> bool:
    return after_changes(keys, [envelope]) != keys
