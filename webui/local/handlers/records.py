"""What was recorded: a list with filters, one record, and the values to filter by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from store.events import HexDigest, Milliseconds, Name, Probability
from store.export.filters import FilterError, MarkWord, Source
from store.local.records.cards import RecordCard
from store.local.records.record_filters import Kind, RecordFilters, TimedStage
from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages import Cursor, Limit
from webui.local.query_parameters import Moment, bad_query, moment_of, read_query
from webui.local.services_records import RecordStore
from webui.problems import Problem
from webui.routes import Parameter

DEFAULT_LIMIT = 200
_DeviceHash = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
_FROM = Parameter(
    "from", Moment, "The first time, in milliseconds since 1970 or ISO-8601 (UTC without a zone)."
)
_TO = Parameter("to", Moment, "The time before which the records are; as `from`.")

LIST_PARAMETERS = (
    Parameter("limit", Limit, "How many at most; 200 if not said."),
    Parameter("before", Cursor, "The `next` of the page before."),
    Parameter("kind", Kind, "Only records of this kind."),
    _FROM,
    _TO,
    Parameter("label", Name, "Only answers that count as this by now: the correction, else the best answer."),
    Parameter("modelVersion", Name, "Only what this model version did."),
    Parameter("backend", Name, "Only what this backend computed."),
    Parameter("source", Source, "Only pictures that came this way."),
    Parameter("sessionId", Name, "Only this session."),
    Parameter("device", _DeviceHash, "Only this machine: the first 16 bytes of its hash."),
    Parameter("mark", MarkWord, "Only answers with this last word of the user's that was not taken back."),
    Parameter("corrected", bool, "True: only answers that the user corrected."),
    Parameter("stage", Name, "Only events of this stage."),
    Parameter("code", Name, "Only events of this code."),
    Parameter("minConfidence", Probability, "The least probability of the best answer."),
    Parameter("maxConfidence", Probability, "The greatest probability of the best answer."),
    Parameter("slowerThan", Milliseconds, "Only answers that took longer than so many milliseconds."),
    Parameter("timedStage", TimedStage, "What of it took so long; total if not said."),
    Parameter("fileName", Name, "Only pictures with this in their file's name, in any case."),
    Parameter("sha256", HexDigest, "Only this picture."),
    Parameter("drawn", bool, "True: only answers that were drawn by chance to be checked."),
)
FACET_PARAMETERS = (_FROM, _TO)
_TIMES = {"from": "from_ms", "to": "to_ms"}
_FIELDS = {field.encode_name: field.name for field in msgspec.structs.fields(RecordFilters)}


class Records(msgspec.Struct, frozen=True):
    """Records, newest first; `next` is the cursor for `before`, null at the end.

    Fewer than asked for with a cursor means that so many rows were looked at, not that this is all.
    """

    records: list[RecordCard]
    next: str | None


class _RecordsHandler(LocalHandler):
    """Has the records."""

    records: RecordStore


class RecordsHandler(_RecordsHandler):
    """`GET /api/records`."""

    authentication = Authentication.COOKIE

    async def get(self) -> None:
        """One page."""
        given = read_query(LIST_PARAMETERS, self.request.query_arguments)
        filters = _filters(given)
        limit, before = given.get("limit", DEFAULT_LIMIT), given.get("before")
        page = await self.call(self.records.page, filters, limit, before)
        self.answer(Records(page.records, page.next))


class FacetsHandler(_RecordsHandler):
    """`GET /api/records/facets`."""

    authentication = Authentication.COOKIE

    async def get(self) -> None:
        """The values that there are in the window."""
        given = read_query(FACET_PARAMETERS, self.request.query_arguments)
        filters = _filters(given)
        self.answer(await self.call(self.records.facets, filters.from_ms, filters.to_ms))


class RecordHandler(_RecordsHandler):
    """`GET /api/records/{id}`."""

    authentication = Authentication.COOKIE

    async def get(self, record_id: str) -> None:
        """All that is known of the record."""
        found = await self.call(self.records.get, record_id)
        if found is None:
            raise Problem(
                problems.NOT_FOUND,
                "There is no record with this id.",
                "It was erased, or the address is not complete.",
            )
        self.answer(found)


def _filters(given: Mapping[str, Any]) -> RecordFilters:
    values = {name: given[key] for key, name in _FIELDS.items() if key in given}
    values |= {field: moment_of(given, name) for name, field in _TIMES.items()}
    try:
        return RecordFilters(**values)
    except FilterError as error:
        raise bad_query(error.sentence, error.advice) from error
