"""Totals as Prometheus' text. Histograms and no percentiles: they can be added across devices.

A registry of our own for each answer: nothing is kept in the process, and nothing of the process is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from store.local.figures.totals import Counted, Distribution, Totals

if TYPE_CHECKING:
    from prometheus_client import Metric


def exposition(totals: Totals, version: str) -> bytes:
    """The text of `GET /metrics`; `version` is the program's."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - costs 50 ms

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(totals, version))
    return generate_latest(registry)


class _Collector:
    def __init__(self, totals: Totals, version: str) -> None:
        self._totals = totals
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from _gauges(self._totals, self._version)
        yield from _counters(self._totals)
        yield from _histograms(self._totals)


def _gauges(totals: Totals, version: str) -> Iterator[Metric]:
    yield _gauge("build_info", "The running Whimbrel.", ("version",), [Counted((version,), 1)])
    words = "Answers by the user's last word on them; corrected ones are counted beside."
    yield _gauge("marked_answers", words, ("model_version", "backend", "word"), totals.words)
    sizes = [Counted((name,), size) for name, size in totals.sizes._asdict().items()]
    yield _gauge("database_bytes", "The database's file, its log, its free room.", ("part",), sizes)
    yield _gauge("storage_bytes", "What each kind of data takes.", ("kind",), totals.storage_bytes)
    yield _gauge("storage_items", "How many of each kind are kept.", ("kind",), totals.storage_count)
    queue = "Records in the outbox; with the dropped ones they are all that was recorded."
    yield _gauge("outbox_records", queue, ("state", "reason"), totals.outbox)
    pending = "Records that are not in these figures yet."
    yield _gauge("pending_records", pending, (), [Counted((), totals.pending)])


def _counters(totals: Totals) -> Iterator[Metric]:
    yield _counter("answers", "Pictures recognised.", ("model_version", "backend"), totals.answers)
    yield _counter("errors", "Failures that the page told of.", ("stage", "code"), totals.errors)
    yield _counter("recorded", "Records ever taken in.", (), [Counted((), totals.recorded)])
    yield _counter("retraining_triggers", "Trainings called for.", ("cause",), totals.triggers)


def _histograms(totals: Totals) -> Iterator[Metric]:
    of_answer = ("stage", "model_version", "backend")
    yield _histogram("answer_duration_seconds", "How long an answer took.", of_answer, totals.stages)
    memory = "What the network held after an answer."
    yield _histogram("page_memory_bytes", memory, ("model_version", "backend"), totals.memory)
    of_request = ("method", "route", "status")
    yield _histogram("http_request_duration_seconds", "Requests answered.", of_request, totals.requests)
    database = "Commits of groups, and snapshots read."
    yield _histogram("database_duration_seconds", database, ("operation",), totals.database)


def _gauge(name: str, says: str, labels: tuple[str, ...], found: Iterable[Counted]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

    family = GaugeMetricFamily(f"whimbrel_{name}", says, labels=labels)
    for one in found:
        family.add_metric(one.labels, one.n)
    return family


def _counter(name: str, says: str, labels: tuple[str, ...], found: Iterable[Counted]) -> Metric:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - as above

    family = CounterMetricFamily(f"whimbrel_{name}", says, labels=labels)
    for one in found:
        family.add_metric(one.labels, one.n)
    return family


def _histogram(name: str, says: str, labels: tuple[str, ...], found: Iterable[Distribution]) -> Metric:
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - as above

    family = HistogramMetricFamily(f"whimbrel_{name}", says, labels=labels)
    for one in found:
        steps = [(f"{edge:.6g}", n) for edge, n in one.at_most]
        family.add_metric(one.labels, [*steps, ("+Inf", one.n)], one.total)
    return family
