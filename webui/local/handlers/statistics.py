"""`POST /api/statistics`: the seed's route."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future

from store.events import BatchResult, StatisticsBatch
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.services import StatisticsStore

MOST_BYTES = 8 * 1024 * 1024


class StatisticsHandler(LocalHandler):
    """Takes a batch of records; answers once they are committed."""

    authentication = Authentication.COOKIE
    body_limit = MOST_BYTES
    statistics: StatisticsStore

    async def post(self) -> None:
        """Accepted, duplicate and rejected records; the answer comes after the commit."""
        result = await self.written(self._record, self.body())
        self.answer(result)

    def _record(self, content: bytes) -> Future[BatchResult]:
        batch = self.decode(content, StatisticsBatch)
        return self.statistics.record(batch, hashlib.sha256(content).digest())
