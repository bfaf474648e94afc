"""`GET /api/metrics/performance`, figures of a window of time, and `GET /metrics`, totals for Prometheus."""

from __future__ import annotations

from store.events import Name
from store.local.figures.forms import BucketName, WindowName
from store.local.figures.windows import Asked
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.query_parameters import read_query
from webui.local.services_figures import FigureStore
from webui.routes import Parameter

MEDIA_TYPE = "text/plain; version=1.0.0; charset=utf-8"

PARAMETERS = (
    Parameter("window", WindowName, "How far back, up to the end of the present hour; 7d if not said."),
    Parameter("bucket", BucketName, "How long each point of a series is (UTC); auto if not said."),
    Parameter("modelVersion", Name, "Only answers of this model version."),
    Parameter("backend", Name, "Only answers of this backend."),
)


class PerformanceHandler(LocalHandler):
    """Answers figures."""

    authentication = Authentication.COOKIE
    figures: FigureStore

    async def get(self) -> None:
        """All figures of one window."""
        given = read_query(PARAMETERS, self.request.query_arguments)
        asked = Asked(
            window=given.get("window", "7d"),
            bucket=given.get("bucket", "auto"),
            model_version=given.get("modelVersion"),
            backend=given.get("backend"),
        )
        self.answer(await self.call(self.figures.performance, asked))


class PrometheusHandler(LocalHandler):
    """Answers totals as Prometheus' text."""

    authentication = Authentication.COOKIE
    figures: FigureStore
    version: str

    async def get(self) -> None:
        """Every total since the beginning."""
        text = await self.call(self._text)
        self.set_header("Content-Type", MEDIA_TYPE)
        self.finish(text)

    def _text(self) -> bytes:
        from webui.local.exposition import exposition  # noqa: PLC0415 - loads numpy

        return exposition(self.figures.totals(), self.version)
