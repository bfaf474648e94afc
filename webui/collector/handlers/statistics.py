"""`POST /api/statistics`: the seed's route, for pages and programs that are not Whimbrel."""

from __future__ import annotations

import hashlib
import logging

from store.collector.devices import STATISTICS
from store.events import BatchResult, StatisticsBatch
from store.protocol import MOST_BODY_BYTES
from webui.base_handler import Authentication
from webui.collector.collector_handler import CollectorHandler


class StatisticsHandler(CollectorHandler):
    """Takes a batch of records from whoever has a token for that."""

    authentication = Authentication.TOKEN
    scope = STATISTICS
    body_limit = MOST_BODY_BYTES
    logged_as = logging.DEBUG

    async def post(self) -> None:
        """Accepted, duplicate and rejected records; the answer comes after the commit."""
        self.answer(await self.call(self._record, self.body()))

    def _record(self, content: bytes) -> BatchResult:
        batch = self.parse(content, StatisticsBatch)
        return self.collector.record(self.device, batch, hashlib.sha256(content).digest())
