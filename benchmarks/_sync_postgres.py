"""The collector on PostgreSQL against a direct COPY into the same table, by what the servers work for it.

Each round: ready-made rows go by COPY into `event` itself (its partitions and indexes, a commit a batch);
batches that were read before go through the ledger's deduplicated insert; and packed batches go over HTTP to
a `whimbrel collect` of its own. What counts is CPU seconds of everybody but the load generator: PostgreSQL's
processes, and this process for the first two, the collector for the third. Before each of them the figures
are counted, which a collector does once a minute, so that this falls into none of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil
import psycopg
from collect_running import RunningCollector
from collecting import Sender, enrolled
from postgres_server import PostgresServer, postgres_server, programs

from benchmarks._sync_load import SIZE, packed, requests_of, send_all
from store.clock import SystemClock
from store.collector import ledger
from store.collector.incoming import Batch, read_batch
from store.collector.migrations import migrate
from store.collector.opening import open_database
from store.collector.postgres_database import SCHEMA
from store.collector.service import Collector
from store.collector.tables import EVENT_COLUMNS, EVENT_TYPES

_SETTINGS = ("listen_addresses=", "max_connections=60", "shared_buffers=128MB")
_COPY = f"COPY event ({', '.join(EVENT_COLUMNS)}) FROM STDIN (FORMAT BINARY)"


class Round(NamedTuple):
    """Server CPU seconds of the three ways, for the same number of records."""

    direct: float
    store: float
    http: float


def measure(folder: Path, batches: int, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Medians over the rounds; nothing where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        say("PostgreSQL is not installed here: its part is left out.")
        return {}
    with postgres_server(found, _SETTINGS) as server:
        url = server.empty_database()
        database = open_database(url)
        migrate(database, SystemClock())
        running = RunningCollector(("--database", url, "--data-dir", str(folder / "postgres"))).start()
        try:
            way = _Ways(server, url, Collector(database, SystemClock()), running)
            results = [way.round(number, batches) for number in range(rounds)]
        finally:
            running.stop()
            database.close()
    for number, one in enumerate(results, start=1):
        each = (f"{name} {batches * SIZE / spent:,.0f}" for name, spent in one._asdict().items())
        say(f"PostgreSQL, round {number}, records a CPU second: {', '.join(each)}")
    return {
        "postgres_store_ratio": median(one.direct / one.store for one in results),
        "postgres_http_ratio": median(one.direct / one.http for one in results),
    }


class _Ways:
    def __init__(
        self, server: PostgresServer, url: str, collector: Collector, running: RunningCollector
    ) -> None:
        self._server = psutil.Process(server.process.pid)
        self._url = url
        self._collector = collector
        self._running = running

    def round(self, number: int, batches: int) -> Round:
        """The three in turn; each round begins with another."""
        ways = [("direct", self._direct), ("store", self._store), ("http", self._http)]
        turn = number % len(ways)
        return Round(
            **{name: self._alone(way, f"{name} {number}", batches) for name, way in ways[turn:] + ways[:turn]}
        )

    def _alone(self, way: Callable[[str, int], float], name: str, batches: int) -> float:
        """Counts what came before, with fresh statistics of the tables, and lets the way follow."""
        self._collector.count()
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"ANALYZE {SCHEMA}.event".encode())
        return way(name, batches)

    def _sender(self, name: str) -> Sender:
        return enrolled(self._collector, name)

    def _read(self, name: str, batches: int) -> list[Batch]:
        now = self._collector.clock.now_ms()
        return [read_batch(request, now) for request in requests_of(self._sender(name), batches)]

    def _direct(self, name: str, batches: int) -> float:
        rows = [[(*each.row, 1, 1) for each in batch.events] for batch in self._read(name, batches)]
        with psycopg.connect(self._url) as connection:
            connection.execute(f"SET search_path TO {SCHEMA}".encode())
            before = self._spent() + _own()
            for batch in rows:
                with connection.cursor() as cursor, cursor.copy(_COPY.encode()) as copying:
                    copying.set_types(EVENT_TYPES)
                    for row in batch:
                        copying.write_row(row)
                connection.commit()
            return self._spent() + _own() - before

    def _store(self, name: str, batches: int) -> float:
        ready = self._read(name, batches)
        before = self._spent() + _own()
        for batch in ready:
            if ledger.take(self._collector.database, batch).accepted != SIZE:
                raise SystemExit("A batch was not taken whole.")
        return self._spent() + _own() - before

    def _http(self, name: str, batches: int) -> float:
        sender = self._sender(name)
        bodies = [packed(request) for request in requests_of(sender, batches)]
        assert self._running.process is not None  # noqa: S101 - it was started
        collector = psutil.Process(self._running.process.pid)
        before = self._spent() + _of(collector)
        send_all(self._running.url, sender.admitted.token, bodies)
        return self._spent() + _of(collector) - before

    def _spent(self) -> float:
        """CPU seconds of PostgreSQL: its processes, and those that have ended."""
        times = self._server.cpu_times()
        ended = times.children_user + times.children_system
        return float(ended) + sum(map(_of, [self._server, *self._server.children()]))


def _of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _own() -> float:
    times = os.times()
    return times.user + times.system
