"""The addresses of figures."""

from __future__ import annotations

from store.local.figures.forms import Performance
from webui.local.handlers import metrics
from webui.local.services_figures import FigureStore
from webui.routes import Operation, Route


def routes(figures: FigureStore) -> list[Route]:
    """Figures for people."""
    performance = Operation(
        "GET",
        "Figures of a window: latency, accuracy, memory, failures, devices, server, storage.",
        Performance,
        query=metrics.PARAMETERS,
        problems=(400, 503),
    )
    return [
        Route("/api/metrics/performance", metrics.PerformanceHandler, (performance,), {"figures": figures})
    ]
