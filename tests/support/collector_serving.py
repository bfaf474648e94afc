"""The real collector application in this process, on a real socket."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tornado.netutil import bind_sockets

from store.clock import Clock
from store.collector.opening import make_if_new, open_database
from store.collector.service import Collector, Limits
from webui.collector.application import CollectorApplication, make_server


@dataclass
class ServedCollector:
    """A running collector, with what stands behind it."""

    collector: Collector
    application: CollectorApplication
    port: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @contextmanager
    def client(self, token: str | None = None) -> Iterator[httpx.Client]:
        """Somebody with a token, or nobody."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=20, trust_env=False) as client:
            yield client


@contextmanager
def new_collector(folder: Path, clock: Clock, limits: Limits | None = None) -> Iterator[ServedCollector]:
    """One on an empty SQLite file in the folder, until the block ends."""
    database = open_database(str(folder / "collector.sqlite3"))
    try:
        make_if_new(database, clock)
        with serving_collector(Collector(database, clock, limits or Limits())) as served:
            yield served
    finally:
        database.close()


@contextmanager
def serving_collector(
    collector: Collector, tls: ssl.SSLContext | None = None, proxies: list[str] | None = None
) -> Iterator[ServedCollector]:
    """Serves until the block ends; the collector's database is the caller's."""
    started = threading.Event()
    found: list[tuple[CollectorApplication, int, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        application = CollectorApplication(collector, "0.0.test", lambda _: 0)
        server = make_server(application, tls, proxies)
        [socket] = bind_sockets(0, "127.0.0.1")
        server.add_socket(socket)
        end = asyncio.Event()
        found.append((application, socket.getsockname()[1], asyncio.get_running_loop(), end))
        started.set()
        await end.wait()
        server.stop()
        await server.close_all_connections()
        application.close()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            started.set()

    thread = threading.Thread(target=run, name="test-collector")
    thread.start()
    started.wait()
    [(application, port, loop, end)] = found
    try:
        yield ServedCollector(collector, application, port, "https" if tls else "http")
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
