"""The shared label list: its page for the team, and what devices receive of it."""

from __future__ import annotations

import re

from tornado.httputil import HTTPFile, parse_body_arguments

from store.collector import label_csv
from store.collector.accounts import LABELLER
from store.collector.errors import CollectorError
from store.collector.labels import Labels
from store.protocol_beside import LabelsAnswer, SharedLabel
from webui import problems
from webui.base_handler import Authentication
from webui.bodies import Body, too_large
from webui.collector.collector_handler import CollectorHandler
from webui.collector.refusals import problem_of
from webui.collector.team_handler import TeamHandler
from webui.problems import Problem

_LIST = "/team/labels"
_BETWEEN = re.compile(r"[;\n]")
_UPLOAD = "multipart/form-data"
MOST_TABLE_BYTES = 2 * 1024 * 1024


class SharedLabelsHandler(CollectorHandler):
    """`GET /api/sync/v1/labels`."""

    authentication = Authentication.TOKEN
    labels: Labels

    async def get(self) -> None:
        """The list, but for a device that has it already."""
        etag, labels = await self.call(self.labels.shared)
        has_it = etag is not None and self.get_query_argument("etag", "") == etag
        now = self.collector.clock.now_ms()
        self.answer(LabelsAnswer(self.collector.id.hex(), now, etag, None if has_it else labels))


class LabelsHandler(TeamHandler):
    """The list."""

    authentication = Authentication.ACCOUNT
    labels: Labels

    async def get(self) -> None:
        """All of it."""
        self.page("labels.html", labels=await self.call(self.labels.all), sentence="")


class AddLabelHandler(TeamHandler):
    """Adds to the list."""

    authentication = Authentication.ACCOUNT
    role = LABELLER
    labels: Labels

    async def post(self) -> None:
        """Adds a label."""
        await self.call(self.labels.put, _label_of(self.form()), self.who)
        self.go_to(_LIST)


class LabelHandler(TeamHandler):
    """One label."""

    authentication = Authentication.ACCOUNT
    role = LABELLER
    labels: Labels

    async def get(self) -> None:
        """What can be changed of it."""
        name = self.get_query_argument("name", "")
        label = await self.call(self.labels.find, name)
        others = [each.name for each in await self.call(self.labels.all) if each.name != name]
        self.page("label.html", label=label, others=others)

    async def post(self) -> None:
        """Changes it."""
        form = self.form()
        await self.call(self.labels.put, _label_of(form), self.who, old=form.get("old", ""))
        self.go_to(_LIST)


class MergeLabelHandler(TeamHandler):
    """Makes one label of two."""

    authentication = Authentication.ACCOUNT
    role = LABELLER
    labels: Labels

    async def post(self) -> None:
        """Merges it into another."""
        form = self.form()
        await self.call(self.labels.merge, form.get("old", ""), form.get("into", ""), self.who)
        self.go_to(_LIST)


class RemoveLabelHandler(TeamHandler):
    """Takes a label off the list."""

    authentication = Authentication.ACCOUNT
    role = LABELLER
    labels: Labels

    async def post(self) -> None:
        """Removes it."""
        await self.call(self.labels.remove, self.form().get("old", ""), self.who)
        self.go_to(_LIST)


class ImportLabelsHandler(TeamHandler):
    """Reads a table of labels."""

    authentication = Authentication.ACCOUNT
    role = LABELLER
    body_limit = MOST_TABLE_BYTES
    labels: Labels

    def expected(self) -> Body:
        """The reader for a form with a file. Raises Problem."""
        media = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media != _UPLOAD:
            raise Problem(problems.MEDIA, "This address takes a file from a form.", "Send it from the page.")
        if int(self.request.headers.get("Content-Length", "0")) > self.body_limit:
            raise too_large(self.body_limit)
        return Body(self.body_limit)

    async def post(self) -> None:
        """Adds what the table has; all of it or nothing."""
        labels = await self.call(self.labels.all)
        try:
            found = label_csv.read(self._file())
            count = await self.shared.calls.run(self.labels.take, found, self.who)
        except CollectorError as error:
            self.set_status(problem_of(error).status_code)
            self.page("labels.html", labels=labels, sentence=f"{error.sentence} {error.advice}")
            return
        sentence = f"{count:,} labels were read." if count != 1 else "1 label was read."
        self.page("labels.html", labels=await self.call(self.labels.all), sentence=sentence)

    def _file(self) -> bytes:
        files: dict[str, list[HTTPFile]] = {}
        try:
            parse_body_arguments(self.request.headers["Content-Type"], self.body(), {}, files)
        except Exception as error:
            raise Problem(
                problems.WRONG_SHAPE, "The form can't be read.", "Send it from the page."
            ) from error
        return bytes(files["table"][0]["body"]) if files.get("table") else b""


class LabelsTableHandler(TeamHandler):
    """The list as a table."""

    authentication = Authentication.ACCOUNT
    labels: Labels

    async def get(self) -> None:
        """CSV, as the form takes it back."""
        content = label_csv.written(await self.call(self.labels.all))
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="whimbrel-labels.csv"')
        await self.finish(content)


def _label_of(form: dict[str, str]) -> SharedLabel:
    synonyms = [each.strip() for each in _BETWEEN.split(form.get("synonyms", "").replace("\r", ""))]
    return SharedLabel(
        form.get("name", ""), form.get("scientific") or None, [each for each in synonyms if each]
    )
