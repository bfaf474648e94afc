"""The addresses of figures."""

from __future__ import annotations

from store.local.figures.forms import Performance
from webui.local.handlers import metrics
from webui.local.services_figures import FigureStore
from webui.routes import Operation, Route


def routes(figures: FigureStore, version: str) -> list[Route]:
    """Figures for people, and totals for Prometheus; `version` is the program's."""
    performance = Operation(
        "GET",
        "Figures of a window: latency, accuracy, memory, failures, devices, server, storage.",
        Performance,
        query=metrics.PARAMETERS,
        problems=(400, 503),
    )
    prometheus = Operation("GET", "Totals as Prometheus' text.", "text/plain", problems=(503,))
    handed = {"figures": figures}
    return [
        Route("/api/metrics/performance", metrics.PerformanceHandler, (performance,), handed),
        Route("/metrics", metrics.PrometheusHandler, (prometheus,), {**handed, "version": version}),
    ]
