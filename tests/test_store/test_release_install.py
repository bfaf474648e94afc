"""A release on a device: it becomes a candidate with the very ids that were signed, and is remembered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import NOW, HandClock
from releasing import Shop, open_shop

from store.clock import SystemClock
from store.events import ModelVersion
from store.local.opening import LocalStore, open_store
from store.local.sync_store import SyncStore
from store.models.registry import ModelRegistry
from store.releases.errors import ReleaseRefused
from store.releases.installing import install
from store.releases.key_change import PinnedKeys, after_change, change_keys
from store.releases.keys import new_key, public_text
from store.releases.making import manifest_of
from store.sync.forms import Enrolment
from store.sync.memory import SyncMemory
from store.sync.releases.memory import ReleaseMemory


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    shop.make(1, "whole", app_version="0.0.1")
    shop.make(2)
    return shop


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """A device's memory, with no model yet."""
    store = open_store(tmp_path, SystemClock())
    yield store
    store.close()


@pytest.fixture
def registry(store: LocalStore, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "models", store.model_versions, HandClock())


def installed(store: LocalStore, registry: ModelRegistry, folder: Path) -> ModelVersion:
    manifest = manifest_of(folder)[1]
    return install(folder, manifest, registry, store.model_versions.insert, lambda *_: None)


def test_a_release_becomes_a_candidate_with_the_ids_that_were_signed(
    store: LocalStore, registry: ModelRegistry, shop: Shop
) -> None:
    with pytest.raises(ReleaseRefused) as refusal:
        installed(store, registry, shop.folder / "head-2")
    assert refusal.value.code == "no-network"
    version = installed(store, registry, shop.folder / "whole-1")
    there = shop.version
    assert (version.backbone_id, version.head_id, version.space_id) == (
        there.backbone_id,
        there.head_id,
        there.space_id,
    )
    assert (version.state, version.metrics["release"], registry.list()) == ("candidate", 1, [version])
    assert registry.verify(version) == []
    assert registry.activate(version.id).state == "active"
    assert [each.id for each in (installed(store, registry, shop.folder / "head-2"), *registry.list())] == [
        version.id,
        version.id,
    ]


def test_a_file_that_changed_after_it_was_verified_makes_no_model(
    store: LocalStore, registry: ModelRegistry, shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(shop.folder / "whole-1", folder)
    manifest = manifest_of(folder)[1]
    path = folder / "weights.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ReleaseRefused):
        install(folder, manifest, registry, store.model_versions.insert, lambda *_: None)
    assert registry.list() == []


def home(collector: str, *roots: bytes) -> Enrolment:
    keys = tuple(public_text(root) for root in roots)
    return Enrolment("https://centre", collector * 32, "d" * 32, "laptop", NOW, "file", keys)


def test_keys_and_numbers_are_remembered_for_the_collector_that_they_are_of(store: LocalStore) -> None:
    notes = SyncStore(store.database)
    memory, sending = ReleaseMemory(notes), SyncMemory(notes)
    memory.installed(3)
    assert (memory.standing(NOW, "1").keys, memory.standing(NOW, "1").last_version) == ((), 0)
    old, new = new_key(), new_key()
    sending.enrol(home("a", old.public_key))
    assert memory.pinned() == PinnedKeys((old.public_key,))
    memory.installed(7)
    memory.installed(5)
    memory.keep_keys(after_change(memory.pinned(), change_keys([old.public_key], [new.public_key], old)))
    assert memory.pinned() == PinnedKeys((new.public_key,), frozenset([old.public_key]))
    assert memory.standing(NOW, "1").last_version == 7
    sending.enrol(home("a", old.public_key, new.public_key))
    assert set(memory.pinned().keys) == {old.public_key, new.public_key}
    assert memory.standing(NOW, "1").last_version == 7
    sending.enrol(home("b", old.public_key))
    assert memory.standing(NOW, "1").last_version == 0
