"""What the handlers of records need, as a Protocol."""

from __future__ import annotations

from typing import Protocol

from store.local.records.cards import WholeRecord
from store.local.records.facets import Facets
from store.local.records.record_filters import RecordFilters
from store.local.records.record_store import RecordPage


class RecordStore(Protocol):
    """Reads records of every kind."""

    def page(self, filters: RecordFilters, limit: int, before: str | None) -> RecordPage:
        """At most `limit` records that pass, newest first, from the cursor `before` on."""

    def get(self, record_id: str) -> WholeRecord | None:
        """All that is known of one record, None where there is none of this id."""

    def facets(self, from_ms: int | None, to_ms: int | None) -> Facets:
        """The values that there are to filter by in a window of time (milliseconds since the epoch)."""
