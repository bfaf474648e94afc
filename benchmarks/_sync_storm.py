"""Many devices that find the network at the same moment, at a real `whimbrel collect` on SQLite.

Each is a task in this process with a token of its own and a few ready-made batches. It comes when the real
pieces say so (`return_after_s`, `backoff_s`, `retry_after_s`), after the spread that the collector told it.
What counts is the most attempts of any ten seconds over what the collector answers in ten seconds; that was
measured just before, with batches of the same size.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from collecting import Sender, enrolled
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from benchmarks._ingest_bodies import BodyMaker
from benchmarks._sync_drain import CLIENTS, Pair
from benchmarks._sync_load import headers_of, packed, send_all
from store.protocol import EVENTS
from store.sync.loop import return_after_s
from store.sync.retry_after import backoff_s, retry_after_s

RECORDS = 100  # of a batch
BATCHES = 3  # of a device
WINDOW_S = 10.0
_OK = 200
_PATIENCE_S = 120.0


def storm(two: Pair, devices: int, say: Callable[[str], None]) -> dict[str, float]:
    """The peak of attempts, in capacities; SystemExit where something is missing in the end."""
    maker = BodyMaker()
    capacity = capacity_of(two)
    senders = [enrolled(two.collector, f"storm {number}") for number in range(devices)]
    waiting = [(sender, [_body(sender, maker) for _ in range(BATCHES)]) for sender in senders]
    two.collector.count()
    spread_s = _told_spread_s(two, maker)
    coming = _Coming(two.running.url, spread_s)
    took = asyncio.run(coming.all(waiting))
    missing = devices * BATCHES * RECORDS - coming.accepted
    if missing:
        raise SystemExit(f"{missing} records are not at the collector after the storm.")
    peak = max(coming.attempts.values()) / (WINDOW_S * capacity)
    say(f"{devices} devices, {BATCHES} batches of {RECORDS} each: {took:.0f} s, spread {spread_s:.0f} s")
    say(f"  {coming.attempts.total()} attempts, {coming.sent_away} sent away; capacity {capacity:.1f}/s")
    return {"storm_devices": devices, "storm_peak": peak}


def capacity_of(two: Pair) -> float:
    """Batches of this size a second, from a few connections."""
    maker = BodyMaker()
    sender = enrolled(two.collector, "capacity of the storm")
    bodies = [_body(sender, maker) for _ in range(150)]
    return len(bodies) / send_all(two.running.url, sender.admitted.token, bodies, CLIENTS, RECORDS)


def _told_spread_s(two: Pair, maker: BodyMaker) -> float:
    """What a collector that has just been started says; a running one looks once a minute how many it has."""
    two.running.stop()
    two.running.start()
    sender = enrolled(two.collector, "asks for the spread")
    headers, body = headers_of(sender.admitted.token), _body(sender, maker)
    told = httpx.post(two.running.url + EVENTS, headers=headers, content=body, timeout=_PATIENCE_S)
    return float(told.json()["spread_s"])


def _body(sender: Sender, maker: BodyMaker) -> bytes:
    return packed(sender.batch(*(sender.event(maker.record()) for _ in range(RECORDS))))


@dataclass
class _Coming:
    url: str
    spread_s: float
    attempts: Counter[int] = field(default_factory=Counter)
    sent_away: int = 0
    accepted: int = 0

    async def all(self, waiting: list[tuple[Sender, list[bytes]]]) -> float:
        """Seconds until every device has sent all."""
        AsyncHTTPClient.configure(None, max_clients=len(waiting))
        self._client = AsyncHTTPClient()
        self._begun = time.monotonic()
        await asyncio.gather(*(self._device(sender, bodies) for sender, bodies in waiting))
        return time.monotonic() - self._begun

    async def _device(self, sender: Sender, bodies: list[bytes]) -> None:
        await asyncio.sleep(return_after_s(self.spread_s, random.random))
        for body in bodies:
            failures = 0
            while (response := await self._post(sender.admitted.token, body)).code != _OK:
                self.sent_away += 1
                failures += 1
                asked_s = retry_after_s(response.headers.get("Retry-After"), None, 0) or 0.0
                await asyncio.sleep(asked_s + backoff_s(failures, random.random))
            self.accepted += json.loads(response.body)["accepted"]

    async def _post(self, token: str, body: bytes) -> HTTPResponse:
        self.attempts[int((time.monotonic() - self._begun) // WINDOW_S)] += 1
        return await self._client.fetch(
            self.url + EVENTS,
            method="POST",
            headers=headers_of(token),
            body=body,
            raise_error=False,
            request_timeout=_PATIENCE_S,
            connect_timeout=_PATIENCE_S,
        )
