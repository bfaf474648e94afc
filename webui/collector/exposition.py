"""The collector's figures as Prometheus' text. Totals of the database are the same from every instance; what
begins with `whimbrel_collector_http` or `..._database` is of this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from store.collector.figures import Totals
from webui.collector.timings import RequestTimes

if TYPE_CHECKING:
    from prometheus_client import Metric

MEDIA_TYPE = "text/plain; version=1.0.0; charset=utf-8"


def exposition(totals: Totals, times: RequestTimes, version: str, queued: int | None = None) -> bytes:
    """The text of `GET /metrics`; `version` is the program's, `queued` how many batches wait in the queue."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - costs 50 ms

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(totals, times, version, queued))
    return generate_latest(registry)


class _Collector:
    def __init__(self, totals: Totals, times: RequestTimes, version: str, queued: int | None) -> None:
        self._totals = totals
        self._times = times
        self._version = version
        self._queued = queued

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield _gauge("build_info", "The running Whimbrel.", "version", {self._version: 1})
        yield from _of_the_database(self._totals)
        yield from _of_the_connections(self._totals)
        if self._queued is not None:
            waits = {"": self._queued}
            yield _gauge("queue_batches", "Batches in the queue that no worker is done with.", None, waits)
        yield _histogram(self._times)


def _of_the_database(totals: Totals) -> Iterator[Metric]:
    yield _gauge("devices", "Senders by state.", "state", totals.devices)
    yield _counter("events_accepted", "Events ever accepted.", None, {"": totals.accepted})
    yield _gauge("events_rejected", "Events on the list of those refused.", "code", totals.rejected)
    yield _counter("events_dropped", "Records that devices dropped unsent.", "reason", totals.dropped)
    yield _gauge("events_waiting", "What devices last said they have to send.", None, {"": totals.waiting})
    unfinished = {"": totals.unfinished_withdrawals}
    yield _gauge("withdrawals_unfinished", "Erasures that are not ended.", None, unfinished)
    yield _gauge(
        "batches_uncounted", "Batches that are not in the figures yet.", None, {"": totals.uncounted}
    )
    if totals.last_seen_at is not None:
        heard = {"": totals.last_seen_at / 1000}
        yield _gauge("last_batch_timestamp_seconds", "When a device was last heard of.", None, heard)


def _of_the_connections(totals: Totals) -> Iterator[Metric]:
    load = totals.load
    states = {"most": load.most, "open": load.open, "waiting": load.waiting}
    yield _gauge("database_connections", "Connections, and requests that wait for one.", "state", states)
    yield _counter("database_waits", "Requests that waited for a connection.", None, {"": load.waited})
    waited = {"": load.waited_s}
    yield _counter("database_wait_seconds", "How long they waited.", None, waited)


def _gauge(name: str, says: str, label: str | None, values: Mapping[str, float]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

    family = GaugeMetricFamily(f"whimbrel_collector_{name}", says, labels=_labels(label))
    for key, number in values.items():
        family.add_metric([key] if label else [], number)
    return family


def _counter(name: str, says: str, label: str | None, values: Mapping[str, float]) -> Metric:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - as above

    family = CounterMetricFamily(f"whimbrel_collector_{name}", says, labels=_labels(label))
    for key, number in values.items():
        family.add_metric([key] if label else [], number)
    return family


def _labels(label: str | None) -> list[str]:
    return [label] if label else []


def _histogram(times: RequestTimes) -> Metric:
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - as above

    family = HistogramMetricFamily(
        "whimbrel_collector_http_request_duration_seconds",
        "Requests answered by this process.",
        labels=("method", "route", "status"),
    )
    for each in times.found():
        steps = [(f"{edge:.6g}", float(n)) for edge, n in each.at_most]
        family.add_metric(each.labels, [*steps, ("+Inf", float(each.n))], each.total_s)
    return family
