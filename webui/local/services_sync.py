"""What the handlers need to send to a collector, as a Protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from store.protocol import Scope
from store.sync.bundling import Received, Written
from store.sync.forms import Sharing, SyncState
from store.sync.relaying import Relayed
from store.sync.service import Preview, RejectedRecord


class Bundling(Protocol):
    """Bundles and receipts of this device."""

    def write(self, target: Path, *, most: int) -> Written:
        """Writes what waits into a new file."""

    def receive(self, path: Path) -> Received:
        """Counts what a receipt says."""


class Relaying(Protocol):
    """Bundles of colleagues."""

    def relay(self, path: Path) -> Relayed:
        """Passes one on, and writes the receipt beside it."""


class SyncService(Protocol):
    """Consent, enrolment, pauses and what was rejected; blocks. Raises StoreError with a sentence."""

    @property
    def bundling(self) -> Bundling:
        """For places with no network."""

    @property
    def relaying(self) -> Relaying:
        """For colleagues in such places."""

    def state(self) -> SyncState:
        """How sending is doing."""

    def agree(self, sharing: Sharing) -> SyncState:
        """The user said yes."""

    def withdraw(self, scope: Scope) -> SyncState:
        """Takes consent back."""

    def preview(self, sharing: Sharing | None, most: int) -> Preview | None:
        """What goes next; None where nothing waits."""

    def enrol(self, url: str, code: str) -> SyncState:
        """Connects this device."""

    def leave(self, *, anyway: bool = False) -> SyncState:
        """Disconnects it."""

    def now(self) -> SyncState:
        """Sends now."""

    def pause(self) -> SyncState:
        """Sends nothing for a while."""

    def resume(self) -> SyncState:
        """Ends a pause."""

    def rejected(self, after: int, limit: int = 100) -> list[RejectedRecord]:
        """What the collector refuses."""

    def rejected_export(self) -> list[RejectedRecord]:
        """The same with the records."""

    def send_again(self, seqs: Sequence[int]) -> int:
        """Sends them again."""

    def discard(self, seqs: Sequence[int]) -> int:
        """Lets go of them."""
