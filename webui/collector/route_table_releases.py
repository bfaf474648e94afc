"""The addresses from which devices have model releases."""

from __future__ import annotations

from typing import Any

from store.protocol_releases import (
    MODELS,
    RELEASES,
    ModelAnswer,
    ModelRequest,
    ReleaseKeysAnswer,
    ReleaseOfferAnswer,
    ReleaseReport,
    ReleaseReported,
)
from webui.collector.handlers import releases
from webui.routes import Operation, Route

_REFUSED = (401, 403, 404, 429, 503)
_BODY = (400, 413, 415, 422, 426)


def release_routes(shared: dict[str, Any]) -> list[Route]:
    """All of them; `shared` is what every handler is handed."""
    one = RELEASES + "/{version}"
    return [
        Route(
            RELEASES,
            releases.ReleaseOfferHandler,
            (_get("Which release is for the device that asks.", ReleaseOfferAnswer),),
            shared,
        ),
        Route(
            f"{RELEASES}/keys",
            releases.ReleaseKeysHandler,
            (_get("The keys that sign releases, and their changes.", ReleaseKeysAnswer),),
            shared,
        ),
        Route(
            one, releases.ReleaseHandler, (_get("The signed manifest of a release.", dict[str, Any]),), shared
        ),
        Route(f"{one}/files/{{name}}", releases.ReleaseFileHandler, (_FILE,), shared),
        Route(f"{one}/reports", releases.ReleaseReportHandler, (_REPORT,), shared),
        Route(MODELS, releases.ModelHandler, (_MODEL,), shared),
    ]


_FILE = Operation(
    "GET", "A file of a release, whole or a range.", "application/octet-stream", problems=(*_REFUSED, 416)
)
_REPORT = Operation(
    "POST",
    "Takes what became of a release on a device.",
    ReleaseReported,
    ReleaseReport,
    problems=(*_REFUSED, *_BODY),
)
_MODEL = Operation(
    "POST",
    "Takes a part of a model, or says which is wanted.",
    ModelAnswer,
    ModelRequest,
    problems=(*_REFUSED, *_BODY),
)


def _get(does: str, gives: Any) -> Operation:  # noqa: ANN401 - types that msgspec knows
    return Operation("GET", does, gives, problems=_REFUSED)
