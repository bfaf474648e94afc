"""Learning anew when it is time, and pictures to be checked without their answer."""

from __future__ import annotations

from store.ids import parse_id
from store.local.learning.audit_store import AuditQueue
from store.local.learning.trigger_forms import RetrainRequest
from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages_drift import AuditMark
from webui.local.services_drift import AuditStore, Retraining
from webui.problems import Problem


class RetrainTriggerHandler(LocalHandler):
    """`POST /api/retrain/trigger`."""

    authentication = Authentication.COOKIE
    retraining: Retraining

    async def post(self) -> None:
        """Begins a training, or says why not."""
        request = self.decode(self.body(), RetrainRequest)
        self.answer(await self.call(self.retraining.ask, request))


class RetrainDecisionsHandler(LocalHandler):
    """`GET /api/retrain/decisions`."""

    authentication = Authentication.COOKIE
    retraining: Retraining

    async def get(self) -> None:
        """The last decisions, and what there is now."""
        self.answer(await self.call(self.retraining.decisions))


class AuditNextHandler(LocalHandler):
    """`GET /api/audit/next`."""

    authentication = Authentication.COOKIE
    audit: AuditStore

    async def get(self) -> None:
        """The picture to be checked next."""
        self.answer(await self.call(self.audit.next))


class AuditMarkHandler(LocalHandler):
    """`POST /api/audit/{id}`."""

    authentication = Authentication.COOKIE
    audit: AuditStore

    async def post(self, record_id: str) -> None:
        """Notes what became of a picture; answers the next one."""
        mark = self.decode(self.body(), AuditMark)
        found = await self.call(self._mark, record_id, mark)
        if found is None:
            raise Problem(
                problems.NOT_FOUND,
                "This picture was not drawn to be checked.",
                "See /api/audit/next for the one that is next.",
            )
        self.answer(found)

    def _mark(self, record_id: str, mark: AuditMark) -> AuditQueue | None:
        try:
            parse_id(record_id)
        except ValueError:
            return None
        return self.audit.next() if self.audit.mark(record_id, mark.state) else None
