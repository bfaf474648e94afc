"""A memory with its upkeep on a clock that the test moves; who needs another one says so in its own file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from collecting import Sender, enrolled
from paper_collector import PaperCollector
from redis_server import MISSING, PROGRAM, RedisServer, redis_server
from sync_world import Device, sending_device
from two_hands import TwoHands
from upkeep_support import Memory, opened

from store.collector.database import CollectorDatabase
from store.collector.service import Collector
from store.queue.asking import Asking
from store.queue.worker import Worker

if TYPE_CHECKING:
    from store.queue.redis_line import RedisLine


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def memory(tmp_path: Path, clock: TwoHands) -> Iterator[Memory]:
    store, upkeep = opened(tmp_path / "data", clock)
    upkeep.tick()
    yield store, upkeep
    store.close()


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis of this test's own; skips where there is none to start."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    with redis_server() as server:
        yield server


@pytest.fixture
def collector(collector_database: CollectorDatabase, clock: TwoHands) -> Collector:
    """A collector on SQLite, and on PostgreSQL."""
    return Collector(collector_database, clock)


@pytest.fixture
def sender(collector: Collector) -> Sender:
    """A device that was let in there."""
    return enrolled(collector)


@pytest.fixture
def device(tmp_path: Path, collector: PaperCollector) -> Iterator[Device]:
    """A device that sends to `collector`, where that is one on paper."""
    with sending_device(tmp_path, collector) as made:
        yield made


@pytest.fixture
def lines(redis: RedisServer, collector: Collector) -> Iterator[Callable[..., RedisLine]]:
    """Makes connections to the queue, each of another process."""
    from store.queue.redis_line import RedisLine

    with ExitStack() as held:

        def made(name: str, **others: Any) -> RedisLine:
            line = RedisLine(redis.url, collector.id, name, **others)
            held.callback(line.close)
            return line

        yield made


@pytest.fixture
def asking(
    lines: Callable[..., RedisLine], clock: TwoHands, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Asking]:
    """An instance that listens."""
    monkeypatch.setattr("store.queue.asking.LISTEN_S", 0.05)  # it ends sooner
    made = Asking(lines("instance"), clock)
    ended = threading.Event()
    thread = threading.Thread(target=made.listen, args=(ended,))
    thread.start()
    yield made
    ended.set()
    thread.join()


@pytest.fixture
def worker(lines: Callable[..., RedisLine], collector: Collector, clock: TwoHands) -> Worker:
    """A worker that takes over at once what another left."""
    return Worker(lines("worker"), collector.database, clock, left_behind_s=0)
