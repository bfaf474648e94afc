"""`whimbrel models export` and `whimbrel models compress`."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.models_access import ModelsAccess, models_of
from desktop.progress import shown
from desktop.settings import Settings
from store.events import ModelVersion
from store.models.export_forms import MOST_PRUNED, ExportOptions
from store.models.registry import find_version


def export(settings: Settings, chosen: argparse.Namespace) -> int:
    """Write a version into a folder, and say what was measured."""
    options = _options(chosen)
    with models_of(DataFolder(settings.data_dir)) as models:
        version = find_version(models.list(), chosen.version)
        folder = Path(chosen.out or f"{version.id}-{options.form}").expanduser().absolute()
        with shown() as tell:
            sentence = models.export(version, options, folder, tell)
    print(sentence)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        print(path)
    return 0


def _options(chosen: argparse.Namespace) -> ExportOptions:
    if not 0 <= chosen.prune <= MOST_PRUNED:
        raise PlainError(
            f"{chosen.prune:g} is not a share of weights to prune.", f"Give one from 0 to {MOST_PRUNED}.", 2
        )
    given = {"form": chosen.form, "quantise": chosen.quantise, "prune": chosen.prune}
    return msgspec.convert(given, ExportOptions)


def compress(settings: Settings, chosen: argparse.Namespace) -> int:
    """Make a smaller version of one, and say how to put it to work."""
    if not 0 <= chosen.loss <= 100:  # noqa: PLR2004 - points
        raise PlainError(f"{chosen.loss:g} points cannot be lost.", "Give a number from 0 to 100.", 2)
    with models_of(DataFolder(settings.data_dir)) as models:
        version = _version(models, chosen.version)
        with shown() as tell:
            smaller, sentence = models.compress(version, chosen.loss, tell)
    print(sentence)
    print(f"Put it to work with: whimbrel models activate {smaller.id}")
    return 0


def _version(models: ModelsAccess, named: str | None) -> ModelVersion:
    """The one that was named, else the one at work."""
    versions = models.list()
    if named is not None:
        return find_version(versions, named)
    active = next((version for version in versions if version.state == "active"), None)
    if active is None:
        raise PlainError("There is no model at work yet.", "Name a version: whimbrel models list.")
    return active
