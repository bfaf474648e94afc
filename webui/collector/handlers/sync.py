"""What devices ask: `/api/sync/v1/...`. Every answer has `collector_id`, and none is a redirect."""

from __future__ import annotations

import logging

from store.collector.ledger import Outcome
from store.collector.releases import Release
from store.protocol import (
    MIN_SCHEMA,
    MOST_BODY_BYTES,
    SCHEMA,
    EventsAnswer,
    EventsRequest,
    IdsAnswer,
    Me,
    ReconcileAnswer,
    ReconcileRequest,
    RejectedEvent,
    ReleaseOffer,
    WithdrawAnswer,
    WithdrawRequest,
)
from store.protocol_beside import EraseAnswer, EraseRequest
from webui.base_handler import Authentication
from webui.collector.collector_handler import CollectorHandler
from webui.collector.queued import Queued


class EventsHandler(CollectorHandler):
    """Takes batches."""

    authentication = Authentication.TOKEN
    body_limit = MOST_BODY_BYTES
    logged_as = logging.DEBUG
    queued: Queued | None

    async def post(self) -> None:
        """Keeps a batch and answers after the commit."""
        request = self.versioned(self.body(), EventsRequest)
        self.check_device(request.device_id)
        outcome, offer = await self._kept(request)
        self.answer(self._said(request, outcome, offer))

    async def _kept(self, request: EventsRequest) -> tuple[Outcome, Release | None]:
        """By the queue where there is one that answers, else by this process; and what is offered."""
        if self.queued is not None:
            by_queue = await self.explained(self.queued.keep(self.shared.calls, self.body()))
            if by_queue is not None:
                return by_queue, await self.call(self.collector.offer_to, self.device)
        return await self.call(self.collector.take_from, self.device, request)

    def _said(self, request: EventsRequest, outcome: Outcome, offer: Release | None) -> EventsAnswer:
        return EventsAnswer(
            collector_id=self.collector.id.hex(),
            batch_id=request.batch_id,
            accepted=outcome.accepted,
            duplicate=outcome.duplicate,
            rejected=[
                RejectedEvent(each.event_id.hex(), each.code, each.reason) for each in outcome.rejected
            ],
            ack_seq=request.last_seq,
            server_time=self.collector.clock.now_ms(),
            min_schema=MIN_SCHEMA,
            max_schema=SCHEMA,
            release=None if offer is None else ReleaseOffer(offer.version, offer.manifest_sha256.hex()),
            labels=outcome.labels,
            spread_s=self.crowd.spread_s(self.collector.enrolled),
            withdrawn=outcome.withdrawn,
        )


class ReconcileHandler(CollectorHandler):
    """Compares what a device believes to be here with what is."""

    authentication = Authentication.TOKEN
    body_limit = 512 * 1024

    async def post(self) -> None:
        """Which ranges are the same, or the ids of one."""
        request = self.versioned(self.body(), ReconcileRequest)
        self.check_device(request.device_id)
        if request.want == "ids":
            self.answer(await self._ids(request))
            return
        epoch = bytes.fromhex(request.queue_epoch)
        found = await self.call(self.collector.compare, self.device, epoch, request.ranges)
        collector_id, now = self.collector.id.hex(), self.collector.clock.now_ms()
        self.answer(ReconcileAnswer(collector_id, now, found.same, found.different))

    async def _ids(self, request: ReconcileRequest) -> IdsAnswer:
        held = await self.call(self.collector.ids_of, self.device, request.from_seq, request.to_seq)
        ids = [(seq, event_id.hex()) for seq, event_id in held]
        return IdsAnswer(self.collector.id.hex(), self.collector.clock.now_ms(), ids)


class WithdrawHandler(CollectorHandler):
    """Takes consent back."""

    authentication = Authentication.TOKEN

    async def post(self) -> None:
        """Erases, and answers when all of it is gone."""
        asked = self.versioned(self.body(), WithdrawRequest)
        self.check_device(asked.device_id)
        withdrawals = self.collector.withdrawals
        withdraw = withdrawals.repeat if asked.again else withdrawals.withdraw
        erased = await self.call(withdraw, self.device.id, asked.scope, asked.since, asked.consent)
        now = self.collector.clock.now_ms()
        answer = WithdrawAnswer(self.collector.id.hex(), now, erased.events, erased.tombstone_id.hex())
        self.answer(answer)


class EraseHandler(CollectorHandler):
    """Lets go of single events."""

    authentication = Authentication.TOKEN

    async def post(self) -> None:
        """Erases, and answers when all of it is gone."""
        asked = self.versioned(self.body(), EraseRequest)
        self.check_device(asked.device_id)
        ids = [bytes.fromhex(event_id) for event_id in asked.event_ids]
        erased = await self.call(self.collector.erasing.erase, self.device.id, ids)
        self.answer(EraseAnswer(self.collector.id.hex(), self.collector.clock.now_ms(), erased))


class MeHandler(CollectorHandler):
    """Says what the collector knows of the device that asks."""

    authentication = Authentication.TOKEN

    async def get(self) -> None:
        """Its name, scopes, and how far its queues came."""
        seqs = await self.call(self.collector.last_seqs, self.device)
        withdrawn = await self.call(self.collector.withdrawals.greatest, self.device.id)
        self.answer(
            Me(
                collector_id=self.collector.id.hex(),
                device_id=self.device.id.hex(),
                name=self.device.name,
                scopes=list(self.device.scopes),
                server_time=self.collector.clock.now_ms(),
                min_schema=MIN_SCHEMA,
                max_schema=SCHEMA,
                accepted=self.device.accepted,
                last_seq={epoch.hex(): seq for epoch, seq in seqs.items()},
                withdrawn=withdrawn,
            )
        )
