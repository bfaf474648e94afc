"""What the handlers of retention and erasure need from the store, as a Protocol."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from store.local.erasure.copies import Copies
from store.local.erasure.scope import Scope
from store.local.retention.policy import Rule
from store.local.retention.preview import Preview
from store.local.upkeep_log import Entry


class ClockWatch(Protocol):
    """Says whether anything may go for its age."""

    def why_not(self) -> str | None:
        """Why not, for people; None where it may."""

    def confirm(self) -> Future[None]:
        """The user says that the date is right."""


class Upkeep(Protocol):
    """Shows what would go, and lets it go, on a thread of its own."""

    @property
    def watch(self) -> ClockWatch:
        """The watch over the clock."""

    def listen(self, changed: Callable[[Entry], None], erased: Callable[[int, Scope], None]) -> None:
        """Calls back, on any thread, when a removal begins or ends, and when an erasure's rows are gone."""

    def rules(self) -> tuple[Rule, ...]:
        """The rules as they are set."""

    def preview(self) -> tuple[str, Preview]:
        """What would go now, and the token that makes `run` take exactly that."""

    def run(self, token: str) -> Entry:
        """Begins what the preview with this token showed."""

    def erase_preview(self, scope: Scope) -> tuple[Preview, Copies]:
        """What an erasure would remove."""

    def erase(self, scope: Scope, *, damaged_copies: bool = False) -> Entry:
        """Begins an erasure."""

    def entries(self) -> list[Entry]:
        """The last removals, the newest first."""

    def entry(self, number: int) -> Entry | None:
        """One removal."""

    def told(self, number: int) -> None:
        """The user has been told of what was removed, up to this number."""
