"""The labels that the user has typed, and those of the team."""

from __future__ import annotations

from peewee import fn

from store.local.database import Database
from store.local.learning.label_book import mapping_of
from store.local.shared_labels import shared_labels_in
from store.local.tables import FeedbackRow
from store.protocol_beside import SharedLabel


class LabelStore:
    """Reads labels out of the corrections that were not taken back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def typed(self) -> list[str]:
        """What the corrections that stand count as, the last typed first; models may know some of them."""
        query = (
            FeedbackRow.select(FeedbackRow.corrected_label)
            .where(FeedbackRow.corrected_label.is_null(False) & FeedbackRow.retracted_by.is_null())
            .group_by(FeedbackRow.corrected_label)
            .order_by(fn.max(FeedbackRow.recorded_at).desc(), FeedbackRow.corrected_label)
        )
        with self._database.read() as db:
            typed = [label for (label,) in query.tuples().execute(db)]
            mapping = mapping_of(db.connection())
        return list(dict.fromkeys(mapping.of(label) for label in typed))

    def shared(self) -> list[SharedLabel]:
        """The labels of the team that this device belongs to, by name."""
        with self._database.read() as db:
            return shared_labels_in(db.connection())
