"""The queue in front of a collector's database: `whimbrel collect --queue`, and `whimbrel collect worker`."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import secrets
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from desktop.collect_arguments import chosen_option
from desktop.collect_database import opened
from desktop.errors import PlainError
from desktop.logs import start_logging
from desktop.settings import Settings
from desktop.stop_signals import on_stop_signal
from store.clock import SystemClock
from store.collector.errors import CollectorError
from store.collector.service import Collector
from store.queue.asking import Asking
from store.queue.forms import QueueAway
from store.queue.worker import Worker
from webui.collector.queued import Queued

if TYPE_CHECKING:
    from store.queue.redis_line import RedisLine

log = logging.getLogger("whimbrel.queue")
WAIT_S = 1.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
_NAME_BYTES = 8


def queue_of(chosen: argparse.Namespace, collector: Collector, held: contextlib.ExitStack) -> Queued | None:
    """The queue that the options name, heard for as long as `held` lasts. Raises PlainError."""
    url: str | None = chosen_option("queue", chosen, os.environ)
    if url is None:
        return None
    line = _line(url, collector.id)
    held.callback(line.close)
    asking = Asking(line, collector.clock)
    ended = threading.Event()
    thread = threading.Thread(target=asking.listen, args=(ended,), name="whimbrel-queue", daemon=True)
    thread.start()
    held.callback(thread.join, 10.0)
    held.callback(ended.set)
    return Queued(asking, secrets.randbelow)


def worker(settings: Settings, chosen: argparse.Namespace) -> int:
    """Keep what waits until asked to end."""
    url: str | None = chosen_option("queue", chosen, os.environ)
    if url is None:
        raise PlainError("A worker needs a queue.", "Name it with --queue redis://... or WHIMBREL_QUEUE.", 2)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    start_logging(settings.data_dir / "logs", settings.log_level)
    with contextlib.ExitStack() as held:
        database = held.enter_context(opened(settings, chosen, may_make=False))
        clock = SystemClock()
        collector_id = Collector(database, clock).id
        line = _line(url, collector_id)
        held.callback(line.close)
        ended = threading.Event()
        on_stop_signal(ended.set)
        print(f"Whimbrel keeps what waits at {_place(url)} for collector {collector_id.hex()}", flush=True)
        keep_until(ended, Worker(line, database, clock))
    return 0


def keep_until(ended: threading.Event, working: Worker) -> None:
    """Keeps batches until `ended`; where the queue or the database is away it tries again, ever slower."""
    pause_s = SHORTEST_PAUSE_S
    while not ended.is_set():
        try:
            working.once(WAIT_S)
        except (QueueAway, CollectorError) as error:
            log.warning("nothing can be kept now, the next try is in %.1f s: %s", pause_s, error)
            ended.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        else:
            pause_s = SHORTEST_PAUSE_S


def _line(url: str, collector_id: bytes) -> RedisLine:
    """The queue. Raises PlainError."""
    try:
        from store.queue.redis_line import RedisLine  # noqa: PLC0415 - only where there is a queue
    except ImportError:
        raise PlainError(
            "The queue needs Python's client for Redis, which is not installed.",
            "Install it: pip install 'whimbrel[queue]'.",
        ) from None
    try:
        line = RedisLine(url, collector_id, secrets.token_hex(_NAME_BYTES))
    except ValueError:
        raise PlainError(
            "--queue is no address of Redis.", "Write redis://HOST:6379, or rediss://.", 2
        ) from None
    if line.keeps_what_it_has() is False:
        log.warning(
            "this Redis may lose what it has (appendonly and appendfsync are not yes and always): "
            "devices then send it again"
        )
    return line


def _place(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
