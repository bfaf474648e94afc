"""What exporting and compressing versions need, as a Protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from store.events import ModelVersion
from store.models.export_forms import ExportOptions

if TYPE_CHECKING:
    from store.models.exporting import Exported  # loads numpy

Progress = Callable[[str, float], None]


class Publishing(Protocol):
    """Both take long, report (sentence, 0..1), and raise ModelError."""

    def check(self, options: ExportOptions) -> None:
        """Raises ModelError for what cannot be exported here."""

    def export(
        self, version: ModelVersion, options: ExportOptions, folder: Path, progress: Progress
    ) -> Exported:
        """Writes a version into a folder that is made or empty."""

    def compress(self, version: ModelVersion, loss: float, progress: Progress) -> ModelVersion:
        """Registers the smallest form of a version that loses at most `loss` points."""
