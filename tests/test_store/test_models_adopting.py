"""Versions whose sets somebody else wrote are taken over whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pytest
from small_model import small_model

from store.clock import SystemClock
from store.events import ModelVersion
from store.local.opening import open_store
from store.models.errors import ModelError
from store.models.head_set import HeadSet, write_head
from store.models.labels import Label
from store.models.registry import ModelRegistry


@dataclass
class World:
    """A registry with one model, and a folder in which a head for its network lies."""

    registry: ModelRegistry
    base: ModelVersion
    made: Path
    inserted: list[ModelVersion]

    def head(self, space_id: str) -> ModelVersion:
        """Writes a head; the version that it would make."""
        layers = [(np.ones((128, 2), np.float32), np.zeros(2, np.float32))]
        labels = (Label("curlew"), Label("godwit"))
        head_id = write_head(self.made, HeadSet(space_id, 1.5, layers, labels, "unit"))
        return msgspec.structs.replace(self.base, id="learned-1", head_id=head_id, parent_id=self.base.id)

    def adopt(self, version: ModelVersion) -> ModelVersion:
        return self.registry.adopt(self.made, version, self.inserted.append)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = open_store(tmp_path, SystemClock())
    registry = ModelRegistry(tmp_path / "models", store.model_versions, SystemClock())
    yield World(registry, registry.add(small_model()), tmp_path / "made", [])
    store.close()


def test_a_head_is_taken_over_with_its_files(world: World) -> None:
    version = world.head(world.base.space_id)
    assert world.adopt(version) == version
    assert world.inserted == [version]
    assert world.registry.verify(version) == []


def test_a_head_that_is_there_already_is_the_version_that_there_is(world: World) -> None:
    same = msgspec.structs.replace(world.base, id="learned-1")
    assert world.adopt(same) == world.base
    assert world.inserted == [world.base]


def test_the_same_network_and_head_in_fewer_bits_is_another_version(world: World) -> None:
    smaller = msgspec.structs.replace(world.base, id="smaller-1", variant="uint8", parent_id=world.base.id)
    assert world.adopt(smaller) == smaller
    assert world.inserted == [smaller]


@pytest.mark.parametrize("damage", ["changed", "missing", "of another space", "without its network"])
def test_what_is_not_whole_is_not_taken_over(world: World, damage: str) -> None:
    version = world.head("0" * 64 if damage == "of another space" else world.base.space_id)
    file = world.made / version.head_id / "head.safetensors"
    if damage == "changed":
        file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    elif damage == "missing":
        file.unlink()
    elif damage == "without its network":
        version = msgspec.structs.replace(version, backbone_id="1" * 64)
    with pytest.raises(ModelError) as refused:
        world.adopt(version)
    assert refused.value.advice.startswith("Train again")
    assert world.inserted == []


def test_a_row_that_cannot_be_written_leaves_no_version(world: World) -> None:
    def fails(_: ModelVersion) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.registry.adopt(world.made, world.head(world.base.space_id), fails)
    assert world.registry.list() == [world.base]
