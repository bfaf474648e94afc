"""What is kept for how long, what goes by itself, and erasing."""

from __future__ import annotations

from store.local.erasure.scope import CONFIRMATION, WrongScope
from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages import Nothing
from webui.local.messages_retention import (
    EraseRequest,
    Erasure,
    RunRequest,
    ToldRequest,
    erasure_preview,
    retention_of,
    run_of,
)
from webui.local.services_retention import Upkeep
from webui.problems import Problem


class RetentionHandler(LocalHandler):
    """`GET /api/retention`."""

    authentication = Authentication.COOKIE
    upkeep: Upkeep

    async def get(self) -> None:
        """The rules, what would go, and what went."""
        self.answer(await self.call(retention_of, self.upkeep))


class RunHandler(LocalHandler):
    """`POST /api/retention/run`."""

    authentication = Authentication.COOKIE
    upkeep: Upkeep

    async def post(self) -> None:
        """Begins exactly what a preview showed."""
        request = self.decode(self.body(), RunRequest)
        self.answer(run_of(await self.call(self.upkeep.run, request.token)), 202)


class DateHandler(LocalHandler):
    """`POST /api/retention/date-is-right`."""

    authentication = Authentication.COOKIE
    upkeep: Upkeep

    async def post(self) -> None:
        """Ends the wait after a clock's jump."""
        self.decode(self.body(), Nothing)
        await self.written(self.upkeep.watch.confirm)
        self.answer(await self.call(retention_of, self.upkeep))


class ToldHandler(LocalHandler):
    """`POST /api/retention/told`."""

    authentication = Authentication.COOKIE
    upkeep: Upkeep

    async def post(self) -> None:
        """Notes that the user has been told."""
        request = self.decode(self.body(), ToldRequest)
        await self.call(self.upkeep.told, request.number)
        self.answer(Nothing())


class UpkeepHandler(LocalHandler):
    """`GET /api/upkeep/{number}`."""

    authentication = Authentication.COOKIE
    upkeep: Upkeep

    async def get(self, number: str) -> None:
        """How a removal is doing."""
        known = number.isascii() and number.isdecimal() and len(number) < 16  # noqa: PLR2004 - fits 64 bits
        entry = await self.call(self.upkeep.entry, int(number)) if known else None
        if entry is None:
            raise Problem(
                problems.NOT_FOUND,
                "There was no such removal.",
                "Look at /api/retention for those that were.",
            )
        self.answer(run_of(entry))


class EraseHandler(LocalHandler):
    """`POST /api/erase`."""

    authentication = Authentication.COOKIE
    upkeep: Upkeep

    async def post(self) -> None:
        """Shows what would go, or begins it; that cannot be undone."""
        request = self.decode(self.body(), EraseRequest)
        self.answer(await self.call(self._show if request.preview else self._erase, request))

    def _show(self, request: EraseRequest) -> Erasure:
        preview, copies = self.upkeep.erase_preview(request.scope)
        return Erasure(preview=erasure_preview(preview, copies))

    def _erase(self, request: EraseRequest) -> Erasure:
        if request.everything and request.confirmation != CONFIRMATION:
            raise WrongScope(
                "Erasing everything needs to be confirmed.", f"Send `confirmation`: {CONFIRMATION!r}."
            )
        entry = self.upkeep.erase(request.scope, damaged_copies=request.damaged_copies)
        return Erasure(run=run_of(entry))
