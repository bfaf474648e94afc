"""Ready-made batches, and those who send them: what a collector is measured with."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator, Sequence

import httpx
import msgspec
from collecting import Sender

from benchmarks._ingest_bodies import BodyMaker
from store.protocol import EVENTS, EventsRequest

SIZE = 500
_PATIENCE_S = 60.0


def requests_of(sender: Sender, count: int) -> list[EventsRequest]:
    """So many whole batches of records as the page makes them, without heavy parts."""
    maker = BodyMaker()
    return [sender.batch(*(sender.event(maker.record()) for _ in range(SIZE))) for _ in range(count)]


def packed(request: EventsRequest) -> bytes:
    """A batch as it goes over the wire."""
    return gzip.compress(msgspec.json.encode(request), 5)


def headers_of(token: str) -> dict[str, str]:
    """Of a batch as `packed` makes it."""
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }


def send_all(url: str, token: str, bodies: Sequence[bytes], clients: int = 1, size: int = SIZE) -> float:
    """Seconds until `clients`, each waiting for its answers, sent all; each batch must be new, of `size`."""
    waiting = iter(bodies)
    taking = threading.Lock()
    failures: list[str] = []

    def work() -> None:
        with httpx.Client(
            base_url=url, headers=headers_of(token), timeout=_PATIENCE_S, trust_env=False
        ) as client:
            for body in _taken(waiting, taking):
                response = client.post(EVENTS, content=body)
                if response.status_code != httpx.codes.OK or response.json()["accepted"] != size:
                    failures.append(response.text)
                    return

    threads = [threading.Thread(target=work) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"A batch was not taken whole: {failures[0][:500]}")
    return time.perf_counter() - begun


def _taken(waiting: Iterator[bytes], taking: threading.Lock) -> Iterator[bytes]:
    while True:
        with taking:
            body = next(waiting, None)
        if body is None:
            return
        yield body
