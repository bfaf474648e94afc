"""The addresses at which versions are compared."""

from __future__ import annotations

from store.comparing.forms import Comparison, JudgedPictures
from webui.local.handlers import comparing as handlers
from webui.local.services import ModelRegistry
from webui.local.services_comparing import VersionComparing
from webui.routes import Operation, Route


def routes(comparing: VersionComparing, registry: ModelRegistry) -> list[Route]:
    """Two versions side by side, and the pictures behind a figure."""
    compare = Operation(
        "GET",
        "Two versions on the same pictures held back.",
        Comparison,
        query=handlers.COMPARE_PARAMETERS,
        problems=(400, 404, 422, 503),
    )
    pictures = Operation(
        "GET",
        "The pictures held back behind a check or a cell of the confusion.",
        JudgedPictures,
        query=handlers.JUDGED_PARAMETERS,
        problems=(400, 404, 422, 503),
    )
    handed = {"comparing": comparing, "registry": registry}
    return [
        Route("/api/models/compare", handlers.CompareHandler, (compare,), handed),
        Route("/api/models/{id}/judged", handlers.JudgedHandler, (pictures,), handed),
    ]
