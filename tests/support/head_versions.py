"""Versions over a backbone that is there: only a head of their own, as a training leaves them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from store.clock import SystemClock
from store.events import ModelVersion
from store.local.opening import open_store
from store.models.head_set import HeadSet, load_head, write_head
from store.models.labels import Label

Array = NDArray[np.float32]


def version_at_work(data_dir: Path) -> ModelVersion:
    """What is at work in a data folder that nobody has open."""
    store = open_store(data_dir, SystemClock())
    try:
        active = store.model_versions.active()
        assert active is not None
        return active
    finally:
        store.close()


def starter_head(data_dir: Path) -> HeadSet:
    """Its head."""
    return load_head(data_dir / "models", version_at_work(data_dir).head_id)


def add_head(
    data_dir: Path,
    name: str,
    layers: list[tuple[Array, Array]],
    labels: tuple[str, ...],
    metrics: dict[str, object] | None = None,
) -> ModelVersion:
    """A candidate whose parent is the version at work, in a data folder that nobody has open."""
    store = open_store(data_dir, SystemClock())
    try:
        parent = store.model_versions.active()
        assert parent is not None
        named = tuple(Label(label) for label in labels)
        head = write_head(data_dir / "models", HeadSet(parent.space_id, 1.0, layers, named))
        version = msgspec.structs.replace(
            parent,
            id=f"{name.lower()}-{head[:8]}",
            name=name,
            head_id=head,
            state="candidate",
            made="trained",
            label_count=len(labels),
            parent_id=parent.id,
            created_at=parent.created_at + 1,
            metrics=metrics or {},
        )
        store.model_versions.insert(version)
        return version
    finally:
        store.close()


def renamed(head: HeadSet, prefix: str) -> tuple[list[tuple[Array, Array]], tuple[str, ...]]:
    """The same head under other names, so that an answer tells which of two gave it."""
    marked = replace(head, labels=tuple(Label(f"{prefix} {label.name}") for label in head.labels))
    layers = [(kernel * np.float32(1.5), bias) for kernel, bias in marked.layers]
    return layers, tuple(label.name for label in marked.labels)
