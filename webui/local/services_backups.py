"""What the handlers of backups need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Backup(Protocol):
    """One copy of the memory."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def kind(self) -> str:
        """daily, asked or before-schema."""

    @property
    def made_at(self) -> int:
        """When, in ms since the epoch."""

    @property
    def size(self) -> int:
        """In bytes."""


class Backups(Protocol):
    """Makes and lists backups. Raises StoreError with a sentence."""

    def list(self) -> Sequence[Backup]:
        """Every one, the newest first."""

    def make(self) -> Path:
        """A fresh one, checked."""


@dataclass(frozen=True)
class BackupServices:
    """The backups, and what puts one in the memory's place: the program then opens anew."""

    backups: Backups
    restore: Callable[[str], None]
