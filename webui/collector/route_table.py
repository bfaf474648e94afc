"""Every address of the collector: what it does, takes and gives, and who answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from store import protocol, protocol_beside
from store.collector.figures import Figures
from store.collector.looking import Looking
from store.collector.service import Collector
from store.events import BatchResult
from webui.blocking import BlockingCalls
from webui.collector.crowd import Crowd
from webui.collector.exposition import MEDIA_TYPE
from webui.collector.handlers import bundles, enrolling, health, labels, statistics, sync
from webui.collector.handlers.description import DescriptionHandler
from webui.collector.queued import Queued
from webui.collector.route_table_releases import release_routes
from webui.collector.route_table_team import team_routes
from webui.collector.timings import RequestTimes
from webui.local.messages import StatisticsBody
from webui.routes import Operation, Route

_REFUSED = (400, 413, 415, 422, 426, 429, 503, 507)
_SYNC = (403, *_REFUSED)


class Reconciled(Struct, frozen=True, omit_defaults=True):
    """For the document: a `ReconcileAnswer` has `same` and `different`, an `IdsAnswer` has `ids`."""

    collector_id: protocol.HexId
    server_time: protocol.Moment
    same: list[protocol.Number] = []
    different: list[protocol.Number] = []
    ids: list[tuple[protocol.Number, protocol.HexId]] = []


@dataclass(frozen=True)
class Parts:
    """What the routes are made of."""

    collector: Collector
    crowd: Crowd
    reading: BlockingCalls
    times: RequestTimes
    app_version: str
    describe: Callable[[], dict[str, Any]]
    queued: Queued | None

    @property
    def shared(self) -> dict[str, Any]:
        """What every handler is handed."""
        return {"collector": self.collector, "crowd": self.crowd}


def route_table(parts: Parts) -> list[Route]:
    """The routes, in the order of the document."""
    looking = Looking(parts.collector.database)
    team = team_routes(parts.shared, looking, parts.collector, parts.reading)
    of_releases = release_routes(parts.shared)
    return [*_of_devices(parts), *of_releases, *_of_programs(parts), *_of_watchers(parts), *team]


def _of_devices(parts: Parts) -> list[Route]:
    comes_in = _post("Comes in with a code; gives a token.", protocol.EnrolRequest, protocol.EnrolAnswer)
    sends = _post(
        "Takes a batch of events; answers after the commit.", protocol.EventsRequest, protocol.EventsAnswer
    )
    compares = _post(
        "Compares ranges, or gives the ids of one.",
        protocol.ReconcileRequest,
        Reconciled,
    )
    passes_on = _post(
        "Takes a part of another device's bundle.", protocol.BundleRequest, protocol.BundleAnswer
    )
    withdraws = _post("Erases what is taken back.", protocol.WithdrawRequest, protocol.WithdrawAnswer)
    erases = _post(
        "Erases what was erased at the device.", protocol_beside.EraseRequest, protocol_beside.EraseAnswer
    )
    listed = Operation(
        "GET", "The labels that the team shares.", protocol_beside.LabelsAnswer, problems=(403, 429, 503)
    )
    with_labels = {**parts.shared, "labels": parts.collector.labels}
    known = Operation("GET", "What is known of the device that asks.", protocol.Me, problems=(403, 429, 503))
    return [
        Route(protocol.ENROL, enrolling.EnrolHandler, (comes_in,), parts.shared),
        Route(protocol.EVENTS, sync.EventsHandler, (sends,), {**parts.shared, "queued": parts.queued}),
        Route(protocol.RECONCILE, sync.ReconcileHandler, (compares,), parts.shared),
        Route(protocol.BUNDLE, bundles.BundleHandler, (passes_on,), parts.shared),
        Route(protocol.WITHDRAW, sync.WithdrawHandler, (withdraws,), parts.shared),
        Route(protocol_beside.ERASE, sync.EraseHandler, (erases,), parts.shared),
        Route(protocol_beside.LABELS, labels.SharedLabelsHandler, (listed,), with_labels),
        Route(protocol.ME, sync.MeHandler, (known,), parts.shared),
    ]


def _post(does: str, body: Any, gives: Any) -> Operation:  # noqa: ANN401 - types that msgspec knows
    return Operation("POST", does, gives, body, problems=_SYNC)


def _of_programs(parts: Parts) -> list[Route]:
    taken = Operation(
        "POST",
        "Takes a batch in the seed's form, from programs that are not Whimbrel.",
        BatchResult,
        StatisticsBody,
        problems=(403, *_REFUSED),
    )
    return [Route("/api/statistics", statistics.StatisticsHandler, (taken,), parts.shared)]


def _of_watchers(parts: Parts) -> list[Route]:
    figures = {
        "figures": Figures(parts.collector.database),
        "times": parts.times,
        "version": parts.app_version,
        "queued": parts.queued,
    }
    alive = Operation("GET", "The process answers.", health.Alive)
    ready = Operation("GET", "The database is reached.", health.Ready, problems=(503,))
    totals = Operation("GET", "Totals for Prometheus.", MEDIA_TYPE.partition(";")[0], problems=(401, 503))
    described = Operation("GET", "This document.", dict[str, Any])
    describe = {**parts.shared, "describe": parts.describe}
    return [
        Route("/healthz", health.AliveHandler, (alive,), parts.shared),
        Route("/readyz", health.ReadyHandler, (ready,), parts.shared),
        Route("/metrics", health.PrometheusHandler, (totals,), {**parts.shared, **figures}),
        Route("/api/openapi.json", DescriptionHandler, (described,), describe),
    ]
