"""The model that the page works with, as the page is told of it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from webui.local.messages import ModelState, ModelStatusInfo
from webui.local.services import ModelRegistry, ModelService, ModelStatus


def model_state(models: ModelService) -> ModelState:
    """The active version's descriptor, or None, the status, and the descriptors of those in the shadow.

    Reads the registry: not on the event loop.
    """
    registry = models.registry
    versions = registry.list()
    active = [dict(registry.descriptor(version)) for version in versions if version.state == "active"]
    shadows = [dict(registry.descriptor(version)) for version in versions if version.state == "shadow"]
    return ModelState(active[0] if active else None, _status(models.status()), shadows)


class _HeadLabel(Struct):
    name: str


class _HeadFile(Struct):
    labels: list[_HeadLabel]


def active_labels(registry: ModelRegistry) -> list[str]:
    """The names of the active version's labels, none where none is active. Reads its head.json."""
    active = registry.active()
    file = None if active is None else registry.file(active.head_id, "head.json")
    if file is None:
        return []
    return [label.name for label in msgspec.json.decode(file.read_bytes(), type=_HeadFile).labels]


def _status(status: ModelStatus) -> ModelStatusInfo:
    return ModelStatusInfo(status.state, status.sentence, status.advice, status.progress)
