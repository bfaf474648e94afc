"""The addresses of sending to a collector."""

from __future__ import annotations

from store.sync.bundling import Received, Written
from store.sync.forms import SyncState
from store.sync.relaying import Relayed
from webui.local import messages_sync as messages
from webui.local.handlers import sync
from webui.local.messages import Nothing
from webui.local.services_sync import SyncService
from webui.routes import Operation, Route

_WRITING = (400, 409, 422, 503, 507)


def routes(service: SyncService) -> list[Route]:
    """State, consent, enrolment, what to do now, and what was rejected."""
    given = {"sync": service}
    state = Operation("GET", "How sending is doing, and where everything is.", SyncState, problems=(503,))
    preview = Operation(
        "GET",
        "What goes to the collector next, exactly.",
        messages.PreviewAnswer,
        query=sync.PREVIEW,
        problems=(400, 503),
    )
    leave = Operation(
        "DELETE", "Disconnects this device.", SyncState, query=sync.LEAVE, problems=(400, 409, 503, 507)
    )
    return [
        Route("/api/sync", sync.SyncHandler, (state,), given),
        Route("/api/sync/preview", sync.PreviewHandler, (preview,), given),
        Route(
            "/api/sync/consent",
            sync.ConsentHandler,
            (_post("Agrees to send what was recorded.", messages.ConsentRequest),),
            given,
        ),
        Route(
            "/api/sync/enrol",
            sync.EnrolHandler,
            (_post("Connects this device to a collector.", messages.EnrolRequest),),
            given,
        ),
        Route("/api/sync/enrolment", sync.LeaveHandler, (leave,), given),
        Route(
            "/api/sync/withdraw",
            sync.WithdrawHandler,
            (_post("Takes consent back, and erases that at the collector.", messages.WithdrawRequest),),
            given,
        ),
        *_actions(service),
        *_rejected(service),
        *_bundles(service),
    ]


def _post(summary: str, body: type) -> Operation:
    return Operation("POST", summary, SyncState, body, problems=_WRITING)


def _actions(service: SyncService) -> list[Route]:
    actions = (
        ("now", "Sends now, over a costly connection, too.", service.now),
        ("pause", "Sends nothing until it is resumed.", service.pause),
        ("resume", "Ends a pause.", service.resume),
    )
    return [
        Route(f"/api/sync/{name}", sync.ActionHandler, (_post(says, Nothing),), {"act": act})
        for name, says, act in actions
    ]


def _rejected(service: SyncService) -> list[Route]:
    given = {"sync": service}
    page = Operation(
        "GET",
        "What the collector refuses.",
        messages.RejectedAnswer,
        query=sync.REJECTED,
        problems=(400, 503),
    )
    export = Operation(
        "GET", "The same with the records, as a file.", messages.RejectedAnswer, problems=(503,)
    )
    again = _counted("Sends rejected records again.")
    discard = _counted("Lets go of rejected records; they stay in the memory.")
    return [
        Route("/api/sync/rejected", sync.RejectedHandler, (page,), given),
        Route("/api/sync/rejected/export", sync.RejectedExportHandler, (export,), given),
        Route("/api/sync/rejected/again", sync.RejectedSeqsHandler, (again,), {"act": service.send_again}),
        Route("/api/sync/rejected/discard", sync.RejectedSeqsHandler, (discard,), {"act": service.discard}),
    ]


def _bundles(service: SyncService) -> list[Route]:
    write = Operation(
        "POST", "Writes what waits into a file.", Written, messages.BundleRequest, problems=_WRITING
    )
    receipt = Operation(
        "POST", "Counts what a receipt says.", Received, messages.BundleFileRequest, problems=_WRITING
    )
    relay = Operation(
        "POST", "Passes a colleague's file on.", Relayed, messages.BundleFileRequest, problems=_WRITING
    )
    of_files = sync.BundleFileHandler
    return [
        Route("/api/sync/bundle", sync.BundleWriteHandler, (write,), {"sync": service}),
        Route("/api/sync/bundle/receipt", of_files, (receipt,), {"act": service.bundling.receive}),
        Route("/api/sync/bundle/relay", of_files, (relay,), {"act": service.relaying.relay}),
    ]


def _counted(summary: str) -> Operation:
    return Operation("POST", summary, messages.CountAnswer, messages.SeqsRequest, problems=_WRITING)
