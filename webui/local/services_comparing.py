"""What the handlers that compare versions need, as a Protocol."""

from __future__ import annotations

from typing import Protocol

from store.comparing.forms import Choice, Comparison, JudgedPictures
from store.events import ModelVersion


class VersionComparing(Protocol):
    """Holds versions against each other."""

    def compare(self, a: ModelVersion, b: ModelVersion) -> Comparison:
        """Both on the pictures held back that both have answered."""

    def pictures(self, version: ModelVersion, choice: Choice, beside: ModelVersion | None) -> JudgedPictures:
        """The pictures of a gate, or of a cell of the confusion beside another version."""
