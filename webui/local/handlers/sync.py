"""Sending to a collector: state, consent, enrolment, and what was rejected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from store.sync.bundling import Received
from store.sync.forms import Places, Sharing, SyncState
from store.sync.relaying import Relayed
from webui.base_handler import KIB, Authentication, wrong_shape
from webui.local import messages_sync as messages
from webui.local.local_handler import LocalHandler
from webui.local.messages import Nothing
from webui.local.query_parameters import read_query
from webui.local.services_sync import SyncService
from webui.routes import Parameter

_PAGE = 100
PREVIEW = (
    Parameter("embeddings", bool, "As if the numbers of pictures were shared."),
    Parameter("crops", bool, "As if squares of pictures were shared."),
    Parameter("fileNames", bool, "As if file names were shared."),
    Parameter("places", Places, "As if places were shared: off, coarse or exact."),
    Parameter("most", Annotated[int, Meta(ge=1, le=500)], "How many records at most; 500 if not said."),
)
REJECTED = (Parameter("after", Annotated[int, Meta(ge=0, le=2**53)], "The `next` of the page before."),)
LEAVE = (Parameter("anyway", bool, "Even if the collector has not heard what was withdrawn."),)


class SyncHandler(LocalHandler):
    """`GET /api/sync`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def get(self) -> None:
        """How sending is doing, and where everything is that was recorded."""
        self.answer(await self.call(self.sync.state))


class ConsentHandler(LocalHandler):
    """`POST /api/sync/consent`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def post(self) -> None:
        """The user said yes to this."""
        request = self.decode(self.body(), messages.ConsentRequest)
        self.answer(await self.call(self.sync.agree, request.sharing))


class PreviewHandler(LocalHandler):
    """`GET /api/sync/preview`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def get(self) -> None:
        """The next body exactly as it would go."""
        given = read_query(PREVIEW, self.request.query_arguments)
        most = given.pop("most", 500)
        sharing = msgspec.convert(given, Sharing) if given else None
        self.answer(messages.PreviewAnswer(await self.call(self.sync.preview, sharing, most)))


class EnrolHandler(LocalHandler):
    """`POST /api/sync/enrol`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def post(self) -> None:
        """Connects this device to a collector."""
        request = self.decode(self.body(), messages.EnrolRequest)
        self.answer(await self.call(self.sync.enrol, request.url, request.code))


class LeaveHandler(LocalHandler):
    """`DELETE /api/sync/enrolment`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def delete(self) -> None:
        """Disconnects this device."""
        given = read_query(LEAVE, self.request.query_arguments)
        self.answer(await self.call(self.sync.leave, anyway=given.get("anyway", False)))


class ActionHandler(LocalHandler):
    """`POST /api/sync/now`, `…/pause` and `…/resume`: `act` is one of the service's."""

    authentication = Authentication.COOKIE
    act: Callable[[], SyncState]

    async def post(self) -> None:
        """Does it."""
        self.decode(self.body(), Nothing)
        self.answer(await self.call(self.act))


class WithdrawHandler(LocalHandler):
    """`POST /api/sync/withdraw`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def post(self) -> None:
        """Takes consent back, for all or a part."""
        request = self.decode(self.body(), messages.WithdrawRequest)
        self.answer(await self.call(self.sync.withdraw, request.scope))


class RejectedHandler(LocalHandler):
    """`GET /api/sync/rejected`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def get(self) -> None:
        """A page of what the collector refuses."""
        given = read_query(REJECTED, self.request.query_arguments)
        found = await self.call(self.sync.rejected, given.get("after", 0), _PAGE)
        self.answer(messages.RejectedAnswer(found, found[-1].seq if len(found) == _PAGE else None))


class RejectedExportHandler(LocalHandler):
    """`GET /api/sync/rejected/export`."""

    authentication = Authentication.COOKIE
    sync: SyncService

    async def get(self) -> None:
        """All of it with the records, as a file."""
        found = await self.call(self.sync.rejected_export)
        self.set_header("Content-Disposition", 'attachment; filename="whimbrel-rejected.json"')
        self.answer(messages.RejectedAnswer(found, None))


class BundleWriteHandler(LocalHandler):
    """`POST /api/sync/bundle`."""

    authentication = Authentication.COOKIE
    timed = False
    sync: SyncService

    async def post(self) -> None:
        """Writes what waits into a new file."""
        request = self.decode(self.body(), messages.BundleRequest)
        path = _whole(request.file)
        self.answer(await self.call(self.sync.bundling.write, path, most=request.most))


class BundleFileHandler(LocalHandler):
    """`POST /api/sync/bundle/receipt` and `…/relay`: `act` is one of the service's."""

    authentication = Authentication.COOKIE
    timed = False
    act: Callable[[Path], Received | Relayed]

    async def post(self) -> None:
        """Reads the file, and does it."""
        request = self.decode(self.body(), messages.BundleFileRequest)
        self.answer(await self.call(self.act, _whole(request.file)))


def _whole(name: str) -> Path:
    """Raises Problem for a path that begins nowhere in particular."""
    path = Path(name)
    if not path.is_absolute():
        raise wrong_shape("file is not a whole path")
    return path


class RejectedSeqsHandler(LocalHandler):
    """`POST /api/sync/rejected/again` and `…/discard`."""

    authentication = Authentication.COOKIE
    body_limit: ClassVar[int] = 256 * KIB
    act: Callable[[list[int]], int]

    async def post(self) -> None:
        """Sends them again, or lets go of them."""
        request = self.decode(self.body(), messages.SeqsRequest)
        self.answer(messages.CountAnswer(await self.call(self.act, request.seqs)))
