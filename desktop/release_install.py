"""`whimbrel release install`: a signed release in a folder, from a stick or a share, becomes a candidate."""

from __future__ import annotations

import argparse
import hashlib

from desktop.data_folder import DataFolder, FolderInUseError
from desktop.errors import PlainError
from desktop.installed import app_version
from desktop.progress import shown
from desktop.settings import Settings
from store.clock import SystemClock
from store.local.opening import LocalStore, open_store
from store.local.sync_store import SyncStore
from store.models.registry import ModelRegistry
from store.releases.making import release_of
from store.releases.verifying import accept
from store.sync.releases.memory import ReleaseMemory


def install(settings: Settings, chosen: argparse.Namespace) -> int:
    """Verify a release with the keys of this device's enrolment, and add its version."""
    folder, clock = DataFolder(settings.data_dir), SystemClock()
    folder.prepare()
    try:
        with folder.hold():
            store = open_store(folder.path, clock)
            try:
                return _install(chosen, store, ModelRegistry(folder.models, store.model_versions, clock))
            finally:
                store.close()
    except FolderInUseError:
        raise PlainError("Whimbrel is running.", "Close it, then install the release.") from None


def _install(chosen: argparse.Namespace, store: LocalStore, registry: ModelRegistry) -> int:
    from store.releases.installing import install as add  # noqa: PLC0415 - numpy

    memory = ReleaseMemory(SyncStore(store.database))
    envelope = release_of(chosen.folder)
    manifest = accept(envelope, memory.standing(registry.now_ms(), app_version()))
    with shown() as tell:
        version = add(chosen.folder.absolute(), manifest, registry, store.model_versions.insert, tell)
    memory.installed(manifest.version)
    digest = hashlib.sha256(envelope).hexdigest()
    memory.take_up(manifest.version, digest, version.id, manifest.size)
    print(f"Release {manifest.version} is here as {version.id}.")
    print(f"Whimbrel tries it beside the model at work. At once: whimbrel models activate {version.id}")
    return 0
