"""Exports of what all devices sent: for the team from a page, for programs with a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from store.collector.accounts import LABELLER
from store.collector.analytics import Analytics
from store.collector.devices import EXPORTS
from store.collector.team_exports import TeamExports
from store.collector.team_figures import TeamFigures
from webui.base_handler import Authentication
from webui.blocking import BlockingCalls
from webui.collector.collector_handler import CollectorHandler
from webui.collector.team_handler import TeamHandler
from webui.export_parameters import PARAMETERS, filters_of
from webui.export_stream import ExportStream
from webui.local.query_parameters import read_query


class Exporting(ExportStream, CollectorHandler):
    """Streams an export, read on threads of its own."""

    exports: TeamExports
    reading: BlockingCalls

    @property
    def calls(self) -> BlockingCalls:
        """Those threads."""
        return self.reading

    async def export(self, query: Mapping[str, Sequence[bytes]], who: str) -> None:
        """Answers with what the address asks for, and writes that into the log. Raises Problem."""
        given = read_query(PARAMETERS, query)
        form, gzip = given.get("format", "json"), given.get("gzip", False)
        export = await self.call(self.exports.start, form, filters_of(given), gzip=gzip)
        await self.call(self.collector.note, who, "exported", {**given, "format": form})
        await self.answer_export(export, self._next_of)

    async def _next_of(self, pieces: Iterator[bytes]) -> bytes | None:
        return await self.call(next, pieces, None)


class ProgramsExportHandler(Exporting):
    """`GET /api/export/training-data`, as on a device, for programs."""

    authentication = Authentication.TOKEN
    scope = EXPORTS

    async def get(self) -> None:
        """The file."""
        await self.export(self.request.query_arguments, self.device.name)


class TeamExportHandler(Exporting, TeamHandler):
    """The same for whoever is signed in; a form leaves empty what it does not ask for."""

    authentication = Authentication.ACCOUNT
    role = LABELLER

    async def get(self) -> None:
        """The file."""
        given = self.request.query_arguments
        await self.export({name: texts for name, texts in given.items() if any(texts)}, self.who)


class ExportsPageHandler(TeamHandler):
    """What can be exported."""

    authentication = Authentication.ACCOUNT
    role = LABELLER
    analytics: Analytics
    figures: TeamFigures
    reading: BlockingCalls

    @property
    def calls(self) -> BlockingCalls:
        """As exports themselves."""
        return self.reading

    async def get(self) -> None:
        """The form."""
        choices = await self.call(self.figures.choices)
        labels = await self.call(self.collector.labels.all)
        as_of = await self.call(self.analytics.as_of)
        self.page("exports.html", choices=choices, labels=labels, as_of=as_of)
