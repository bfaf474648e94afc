"""`GET /api/export/training-data`: what is remembered as one download, streamed as fast as it is read."""

from __future__ import annotations

from webui.base_handler import Authentication
from webui.export_parameters import PARAMETERS, filters_of
from webui.export_stream import ExportStream
from webui.local.local_handler import LocalHandler
from webui.local.query_parameters import read_query
from webui.local.services import TrainingExports


class ExportHandler(ExportStream, LocalHandler):
    """Streams an export; stops it when whoever asked goes away."""

    authentication = Authentication.COOKIE
    exports: TrainingExports

    async def get(self) -> None:
        """The file. What fails before its first byte is a problem, what fails later cuts the connection."""
        given = read_query(PARAMETERS, self.request.query_arguments)
        filters = filters_of(given)
        form, gzip = given.get("format", "json"), given.get("gzip", False)
        export = await self.call(self.exports.start, form, filters, gzip=gzip)
        await self.answer_export(export, lambda pieces: self.call(next, pieces, None))
