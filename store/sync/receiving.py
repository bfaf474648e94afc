"""Receives the labels that the team shares, when an answer to a batch names others than are here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol
from urllib.parse import urlencode

from store.protocol_beside import LABELS, LabelsAnswer, SharedLabel
from store.sync.exchange import Exchange, Line
from store.sync.verdict import Refused

log = logging.getLogger("whimbrel.sync")


class LabelsKept(Protocol):
    """Where they are kept (`store.local.shared_labels.SharedLabels`)."""

    def replace(self, labels: Sequence[SharedLabel], etag: str | None) -> Future[None]:
        """Keeps these instead, and their tag."""


class Receiving:
    """Asks once for each list that was named; what fails is asked for after the next batch again."""

    def __init__(self, kept: LabelsKept, exchange: Exchange) -> None:
        self._kept = kept
        self._exchange = exchange
        self._wanted = False

    def told(self, etag: str | None, known: str | None) -> None:
        """A batch was answered with this tag; the labels here have the other."""
        self._wanted = self._wanted or etag != known

    def look(self) -> None:
        """Asks with the next turn whatever was told."""
        self._wanted = True

    def turn(self, line: Line, known: str | None) -> Refused | None:
        """Asks if it is to; a refusal means that nothing came of it. Raises StoreError."""
        if not self._wanted:
            return None
        self._wanted = False
        told = self._exchange.look(line, f"{LABELS}?{urlencode({'etag': known or ''})}", LabelsAnswer)
        if not isinstance(told, LabelsAnswer):
            return told
        if told.labels is not None:
            self._kept.replace(told.labels, told.etag).result()
            log.info("received %d labels of the team", len(told.labels))
        return None
