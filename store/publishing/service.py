"""Exporting a version, and registering a smaller form of one. Light to import: numbers come with the work."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from store.events import ModelVersion
from store.models.errors import ModelError
from store.models.export_forms import NEED_TENSORFLOW, ExportOptions, check_options
from store.models.registry import ModelRegistry

if TYPE_CHECKING:
    from store.local.learning.example_forms import ExampleSet, LineageRow
    from store.local.learning.label_mapping import LabelMapping
    from store.models.exporting import Exported, Seen, Subject

Progress = Callable[[str, float], None]


class Examples(Protocol):
    """What is read of the examples, and the lineage that a smaller form inherits."""

    def collect(self, space_id: str) -> ExampleSet:
        """All examples with an embedding in the space, each with its side."""

    def crops(self, pictures: Iterable[int]) -> dict[int, bytes]:
        """The kept squares of pictures, of those that have one."""

    def lineage(self, version_id: str) -> list[LineageRow]:
        """Which pictures made a version."""

    def keep_lineage(self, version_id: str, rows: Iterable[LineageRow]) -> None:
        """Writes down which pictures made a version."""


class LabelNames(Protocol):
    """Knows what labels count as by now."""

    def mapping(self) -> LabelMapping:
        """The changes that stand."""


class Publishing:
    """Does both on the thread that calls; what `progress` raises ends the work with nothing left of it.

    All raise ModelError, and what the memory raises.
    """

    def __init__(
        self,
        registry: ModelRegistry,
        insert: Callable[[ModelVersion], None],
        examples: Examples,
        names: LabelNames,
    ) -> None:
        """`insert` adds a version's row to the memory."""
        self._registry = registry
        self._insert = insert
        self._examples = examples
        self._names = names

    def check(self, options: ExportOptions) -> None:
        """Raises ModelError for what cannot be exported here."""
        check_options(options)
        if options.form in NEED_TENSORFLOW:
            from store.models.export_child import check_component  # noqa: PLC0415 - numpy

            check_component()

    def export(
        self, version: ModelVersion, options: ExportOptions, folder: Path, progress: Progress
    ) -> Exported:
        """Writes a version into a folder that is made or empty."""
        from store.models import exporting  # noqa: PLC0415
        from store.publishing.model_card import model_card  # noqa: PLC0415

        self.check(options)
        given = self._subject(version, progress)
        parent = self._version(version.parent_id)
        return exporting.export(
            given,
            options,
            folder,
            self._seen(given),
            card=lambda exported: model_card(given, exported, parent),
            progress=progress,
        )

    def compress(self, version: ModelVersion, loss: float, progress: Progress) -> ModelVersion:
        """Registers the smallest form of a version that loses at most `loss` points, as a candidate."""
        from store.publishing.compressing import smallest  # noqa: PLC0415
        from store.publishing.smaller_version import smaller_version, write_parts  # noqa: PLC0415

        given = self._subject(version, progress)
        found = smallest(given, self._seen(given).measured, loss, _up_to(progress, 0.8))
        with tempfile.TemporaryDirectory(prefix="whimbrel-compress-") as name:
            made = Path(name)
            parts = write_parts(made, given, found, lambda sentence, _: progress(sentence, 0.9))
            smaller = smaller_version(given, found, parts, loss, self._registry.now_ms())
            smaller = self._registry.adopt(made, smaller, self._insert)
        self._examples.keep_lineage(smaller.id, self._examples.lineage(version.id))
        progress("The smaller model is there.", 1.0)
        return smaller

    def _subject(self, version: ModelVersion, progress: Progress) -> Subject:
        from store.models.exporting import subject  # noqa: PLC0415

        progress(f"Reading {version.name}.", 0.0)
        wrong = self._registry.verify(version)
        if wrong:
            raise ModelError(f"The model {version.id} is damaged: {wrong[0]}", "Fetch or import it again.")
        return subject(self._registry.folder, version)

    def _seen(self, given: Subject) -> Seen:
        from store.publishing.pictures import pictures_for  # noqa: PLC0415

        return pictures_for(given, self._examples, self._names.mapping())

    def _version(self, version_id: str | None) -> ModelVersion | None:
        return next((each for each in self._registry.list() if each.id == version_id), None)


def _up_to(progress: Progress, most: float) -> Progress:
    return lambda sentence, done: progress(sentence, most * done)
