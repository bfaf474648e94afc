"""Exports of versions in tests, measured on two pictures made by formula, which takes a moment."""

from __future__ import annotations

from pathlib import Path

from store.events import ModelVersion
from store.models.agreement import GENERATED
from store.models.export_forms import ExportOptions, Form
from store.models.exporting import Exported, Progress, Seen, export, subject
from store.models.fidelity import Pictures
from store.models.generated_pictures import generated_pictures
from store.publishing.model_card import model_card

TWO = Pictures(generated_pictures(224, 2), GENERATED)


def quiet(sentence: str, done: float) -> None:
    """Tells nobody."""


def exported(
    models: Path,
    version: ModelVersion,
    folder: Path,
    options: Form | ExportOptions = "tfjs",
    progress: Progress = quiet,
) -> Exported:
    """The version as it was written into the folder, with its card."""
    given = subject(models, version)
    chosen = options if isinstance(options, ExportOptions) else ExportOptions(options)
    return export(
        given,
        chosen,
        folder,
        Seen(TWO, TWO),
        card=lambda found: model_card(given, found, None),
        progress=progress,
    )
