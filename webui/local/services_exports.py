"""What the jobs that export need, as a Protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from store.export.filters import Filters
from store.export.preview import Preview
from store.export.training_exports import Form


class SavedExports(Protocol):
    """Exports into files."""

    def save(
        self,
        form: Form,
        filters: Filters,
        target: Path,
        *,
        gzip: bool = False,
        replace: bool = False,
        progress: Callable[[float], None] = ...,
    ) -> int:
        """Writes a file (TFRecord: a folder) that is whole or not there; returns how many records. `progress`
        gets 0..1 and may raise to end it."""

    def preview(self, filters: Filters) -> Preview:
        """About how many records an export would take, and how long."""
