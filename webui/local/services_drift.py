"""What the handlers need to learn anew and to check by chance, as Protocols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from store.local.learning.audit_store import AuditQueue, AuditState
from store.local.learning.trigger_forms import RetrainAnswer, RetrainDecisions, RetrainRequest


class Retraining(Protocol):
    """Decides when to learn anew; blocks on the memory."""

    def ask(self, request: RetrainRequest) -> RetrainAnswer:
        """Begins a training, or says why not."""

    def decisions(self) -> RetrainDecisions:
        """The last decisions, and what there is now."""


class AuditStore(Protocol):
    """Hands out pictures that were drawn by chance; blocks on the memory."""

    def next(self) -> AuditQueue:
        """The picture that waits longest, and how many wait."""

    def mark(self, record_id: str, state: AuditState) -> bool:
        """Says what became of a picture; False where it was not drawn. `record_id` is a UUID."""


@dataclass(frozen=True)
class DriftServices:
    """What tells whether the model at work has become worse."""

    retraining: Retraining
    audit: AuditStore
