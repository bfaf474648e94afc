"""The application that answers while the memory is damaged: the same way in, one page, a few addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from webui.base_handler import NotFoundHandler, Shared
from webui.blocking import BlockingCalls
from webui.local import messages
from webui.local.handlers import entering, files, recovery
from webui.local.page import SCRIPT, STYLE
from webui.local.recovery_desk import RecoveryDesk, RecoveryState
from webui.local.session_keys import SessionKeys
from webui.rate_limits import RateLimits
from webui.routes import GuardedApplication, Operation, Route

PAGE = "recovery.html"


class RecoveryPageHandler(files.IndexHandler):
    """`GET /` and `GET /recovery`: the recovery page."""

    authentication = files.IndexHandler.authentication

    async def get(self, path: str = PAGE, include_body: bool = True) -> None:
        """The page."""
        await super().get(path, include_body)


@dataclass(frozen=True)
class RecoveryServices:
    """What the application is made of."""

    desk: RecoveryDesk
    keys: SessionKeys
    static_dir: Path
    raise_window: Callable[[], bool]
    monotonic: Callable[[], float]


class RecoveryApplication(GuardedApplication):
    """Answers in place of the local application; `close` on the loop's thread."""

    def __init__(self, services: RecoveryServices) -> None:
        self._calls = BlockingCalls()
        shared = Shared(services.keys, self._calls, RateLimits(services.monotonic))
        super().__init__(_routes(services), Route("", NotFoundHandler, ()), shared)

    def close(self) -> None:
        """Lets the threads go; what the desk does goes on until it is closed itself."""
        self._calls.close()


def _routes(services: RecoveryServices) -> list[Route]:
    desk, keys, folder = {"desk": services.desk}, {"keys": services.keys}, {"folder": services.static_dir}
    state = Operation("GET", "What happened, and what is being done.", RecoveryState)
    choose = Operation("POST", "Begins with a way.", RecoveryState, recovery.Choice, status=202)
    nothing = Operation("POST", "Cancels, or opens Whimbrel.", RecoveryState, messages.Nothing, status=202)
    page = Operation("GET", "The page.", "text/html")
    file = Operation("GET", "A file of the page.", "application/octet-stream")
    window = {**keys, "raise_window": services.raise_window}
    return [
        Route("/enter", entering.EnterHandler, (page,), keys),
        _text("/enter.js", "text/javascript", SCRIPT),
        _text("/enter.css", "text/css", STYLE),
        Route("/readyz", recovery.RecoveryReadyHandler, (state,), desk),
        Route("/api/handover", entering.HandoverHandler, (nothing,), window),
        Route("/api/recovery", recovery.RecoveryHandler, (state, choose), desk),
        Route("/api/recovery/cancel", recovery.CancelHandler, (nothing,), desk),
        Route("/api/recovery/open", recovery.OpenHandler, (nothing,), desk),
        Route("/api/{path}", recovery.NotReadyHandler, (state,), desk),
        Route("/", RecoveryPageHandler, (page,), folder),
        Route("/recovery", RecoveryPageHandler, (page,), folder),
        Route("/assets/{path}", files.AssetHandler, (file,), {"folder": services.static_dir / "assets"}),
        Route("/sw.js", files.ServiceWorkerHandler, (file,), folder),
        Route("/{name}", files.RootFileHandler, (file,), folder),
    ]


def _text(path: str, media: str, content: str) -> Route:
    collaborators = {"content": content, "media_type": f"{media}; charset=utf-8"}
    return Route(path, entering.EnterFileHandler, (Operation("GET", "A file.", media),), collaborators)
