"""What the handlers need where versions are tried before and while they work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from store.events import ModelVersion
from store.local.learning.shadow_passes import Pass
from store.local.learning.shadow_report import ShadowReport


class VersionChecks(Protocol):
    """Keeps what pages found when they compared a version's numbers with the reference."""

    def note(self, version_id: str, backend: str, max_relative: float | None, *, half: bool) -> bool:
        """Notes how far a page's numbers were off (None: they were none); False for an unknown version."""


class Shadow(Protocol):
    """Versions that answer beside the one at work, unseen. Raises `ModelError`."""

    def begin(self, version_id: str) -> ModelVersion:
        """Has a version answer from the next record on."""

    def end(self, version_id: str) -> ModelVersion:
        """Ends that; what it answered stays."""

    def report(self, version_id: str) -> ShadowReport:
        """How it did."""

    def passed(self, version_id: str, passes: Sequence[Pass]) -> list[UUID]:
        """Keeps what a page found with it; the inferences that are not there (yet)."""

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back, on any thread, after one came or went, until the result is called."""


@dataclass(frozen=True)
class TrialServices:
    """How versions are tried."""

    checks: VersionChecks
    shadow: Shadow
