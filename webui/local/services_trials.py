"""What the handlers need where versions are tried before and while they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class VersionChecks(Protocol):
    """Keeps what pages found when they compared a version's numbers with the reference."""

    def note(self, version_id: str, backend: str, max_relative: float | None, *, half: bool) -> bool:
        """Notes how far a page's numbers were off (None: they were none); False for an unknown version."""


@dataclass(frozen=True)
class TrialServices:
    """How versions are tried."""

    checks: VersionChecks
