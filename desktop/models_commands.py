"""`whimbrel models ...`: list, fetch, import, activate, rollback."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.model_sources import Progress
from desktop.models_access import ModelsAccess, models_of
from desktop.progress import shown
from desktop.settings import Settings
from store.events import ModelVersion
from store.models.registry import find_version


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print the versions, one a line; the one at work has a star."""
    with models_of(DataFolder(settings.data_dir)) as models:
        versions = models.list()
    if chosen.json:
        print(msgspec.json.format(msgspec.json.encode(versions), indent=2).decode())
        return 0
    if not versions:
        print("No model is installed yet. Start Whimbrel, or run: whimbrel models fetch starter")
    for line in _aligned([_row(version) for version in versions]):
        print(line)
    return 0


def _row(version: ModelVersion) -> list[str]:
    added = datetime.fromtimestamp(version.created_at / 1000).astimezone()
    return [
        "*" if version.state == "active" else " ",
        version.id,
        version.state,
        f"{version.label_count:,} labels",
        version.made,
        f"{added:%Y-%m-%d}",
        version.name,
    ]


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def fetch(settings: Settings, chosen: argparse.Namespace) -> int:
    """Fetch a base model."""
    return _bring(
        settings, chosen.activate, lambda models, tell: models.fetch(chosen.name, chosen.alpha, tell)
    )


def bring_in(settings: Settings, chosen: argparse.Namespace) -> int:
    """Import a model file of the user's."""
    path = _existing(chosen.file)
    labels = _existing(chosen.labels) if chosen.labels else None
    return _bring(settings, chosen.activate, lambda models, tell: models.import_file(path, labels, tell))


def _existing(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.exists():
        raise PlainError(f"There is no {path}.", "Check the name.", 2)
    return path


def _bring(settings: Settings, activate: bool, work: Callable[[ModelsAccess, Progress], ModelVersion]) -> int:
    """Do the work, and put the version to work if that was asked for or if there was none before."""
    with models_of(DataFolder(settings.data_dir)) as models:
        with shown() as tell:
            version = work(models, tell)
        if version.state == "active":
            print(f"{version.name} is here and at work: {version.id}")
        elif activate or not any(other.state == "active" for other in models.list()):
            models.activate(version)
            print(f"{version.name} is now at work: {version.id}")
        else:
            print(f"{version.name} is ready: {version.id}")
            print(f"Put it to work with: whimbrel models activate {version.id}")
    return 0


def activate(settings: Settings, chosen: argparse.Namespace) -> int:
    """Put a version to work."""
    with models_of(DataFolder(settings.data_dir)) as models:
        version = models.activate(find_version(models.list(), chosen.version), anyway=chosen.anyway)
    print(f"{version.name} is now at work: {version.id}")
    return 0


def rollback(settings: Settings, _: argparse.Namespace) -> int:
    """Go back to the version before."""
    with models_of(DataFolder(settings.data_dir)) as models:
        version = models.rollback()
    print(f"{version.name} is at work again: {version.id}")
    return 0
