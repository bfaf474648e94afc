"""The addresses of what was recorded."""

from __future__ import annotations

from store.local.records.cards import WholeRecord
from store.local.records.facets import Facets
from webui.local.handlers import records
from webui.local.services_records import RecordStore
from webui.routes import Operation, Route


def routes(store: RecordStore) -> list[Route]:
    """The list, the values to filter by, and one record: in this order, since `facets` is no record's id."""
    listed = Operation(
        "GET",
        "What was recorded, newest first.",
        records.Records,
        query=records.LIST_PARAMETERS,
        problems=(400, 503),
    )
    facets = Operation(
        "GET",
        "The values that records can be filtered by.",
        Facets,
        query=records.FACET_PARAMETERS,
        problems=(400, 503),
    )
    one = Operation("GET", "All that is known of one record.", WholeRecord, problems=(404, 503))
    handed = {"records": store}
    return [
        Route("/api/records", records.RecordsHandler, (listed,), handed),
        Route("/api/records/facets", records.FacetsHandler, (facets,), handed),
        Route("/api/records/{id}", records.RecordHandler, (one,), handed),
    ]
