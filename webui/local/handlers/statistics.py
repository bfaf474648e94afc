"""`POST /api/statistics`: the seed's route."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import Future

import msgspec

from store.events import BatchResult, Rejection, StatisticsBatch
from webui.base_handler import Authentication, refuse_repetition
from webui.local.local_handler import LocalHandler
from webui.local.services import StatisticsStore
from webui.problems import MEDIA_TYPE, WRONG_SHAPE, ProblemDetails
from webui.rate_limits import Rate, WriteLimits

_OWN_NAMES = 2  # sessionId and statistics
_AT_ONCE_BYTES = 64 * 1024  # two milliseconds of decoding; handing that to a thread would cost as much again
MOST_BYTES = 8 * 1024 * 1024
# A page that catches up after days sends as fast as it is answered; a thousand small batches a second are
# more than a machine writes.
MOST_OFTEN = WriteLimits(page=Rate(1000, 4000), program=Rate(100, 400))


class StatisticsHandler(LocalHandler):
    """Takes a batch of records; answers once they are committed."""

    authentication = Authentication.COOKIE
    body_limit = MOST_BYTES
    write_limits = MOST_OFTEN
    logged_as = logging.DEBUG  # a line for every picture, and it takes as long as five records
    statistics: StatisticsStore
    stored: Callable[[], None]

    async def post(self) -> None:
        """Accepted, duplicate and rejected records; the answer comes after the commit."""
        content = self.body()
        if len(content) <= _AT_ONCE_BYTES:
            result = await self.committed(self._record, content)
        else:
            result = await self.written(self._record, content)
        if result.accepted:
            self.stored()
        if _nothing_could_be_read(result):
            self.answer(_refusal(result), WRONG_SHAPE.status, MEDIA_TYPE)
        else:
            self.answer(result)

    def _record(self, content: bytes) -> Future[BatchResult]:
        return self.statistics.record_whole(content) or self._record_each(content)

    def _record_each(self, content: bytes) -> Future[BatchResult]:
        batch = self.parse(content, StatisticsBatch)
        if _may_repeat_a_name(content, batch):
            refuse_repetition(content)
        return self.statistics.record(batch, hashlib.sha256(content).digest())


class NothingTaken(ProblemDetails, frozen=True, kw_only=True):
    """The problem of a batch that has no record in it which could be read, with what is wrong with each."""

    accepted: int
    duplicate: int
    rejected: list[Rejection]


def _may_repeat_a_name(content: bytes, batch: StatisticsBatch) -> bool:
    """Whether the body has more names of its own than it should; the store looks at those of each record.

    Counting colons is nearly free, and a colon in a text only makes it look closer.
    """
    within = sum(bytes(record).count(b":") for record in batch.statistics)
    device = b"" if batch.device_info is None else msgspec.json.encode(batch.device_info)
    own = _OWN_NAMES + (0 if batch.device_info is None else 1 + device.count(b":"))
    return content.count(b":") - within > own


def _nothing_could_be_read(result: BatchResult) -> bool:
    """Whether all of it is malformed; a `conflict` is well-formed, and its batch is answered as any."""
    readable = any(rejection.code == "conflict" for rejection in result.rejected)
    return bool(result.rejected) and not (result.accepted or result.duplicate or readable)


def _refusal(result: BatchResult) -> NothingTaken:
    return NothingTaken(
        type=WRONG_SHAPE.uri,
        title=WRONG_SHAPE.title,
        status=WRONG_SHAPE.status,
        detail=f"No record of this batch can be read. {result.rejected[0].reason}",
        accepted=0,
        duplicate=0,
        rejected=result.rejected,
    )
