"""Exports at the collector: the same forms as on a device, of what all devices sent."""

from __future__ import annotations

from store.clock import Clock
from store.collector.analytics import Analytics
from store.collector.export_selection import CollectorSelection
from store.export.filters import Filters
from store.export.training_exports import Export, Form, Ordered, streamed


class TeamExports:
    """Starts them."""

    def __init__(self, analytics: Analytics, clock: Clock) -> None:
        self._analytics = analytics
        self._clock = clock

    def start(self, form: Form, filters: Filters, *, gzip: bool = False) -> Export:
        """An export as one stream, at constant memory; TFRecord as a tar. Raises what the database raises."""
        shards = form == "tfrecord"
        selection = CollectorSelection(self._analytics, filters, images=shards, only_labelled=shards)
        return streamed(selection, Ordered(form, filters, gzip=gzip), None, self._clock.now_ms())
