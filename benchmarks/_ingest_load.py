"""The load generator: HTTP/1.1 over kept connections, each client waiting for its answer.

`closed` sends as fast as the answers come. `open_loop` sends when its timetable says so, whether or not
earlier answers have come, and counts each latency from the intended start: no stall can hide in it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

WORKERS = 32  # connections of the open loop: more than are ever busy at the loads that it is made for


class _Answer(msgspec.Struct):
    accepted: int


_ANSWER = msgspec.json.Decoder(_Answer)
Exchange = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True)
class Target:
    """Where requests go, and the headers that a browser would send with them (a cookie among them)."""

    port: int
    headers: tuple[tuple[str, str], ...] = ()

    def request(self, body: bytes) -> bytes:
        """The bytes of one request."""
        own = f"127.0.0.1:{self.port}"
        headers = (
            ("Host", own),
            ("Connection", "keep-alive"),
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"),
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip, deflate, br"),
            ("Origin", f"http://{own}"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Content-Type", "application/json"),
            *self.headers,
            ("Content-Length", str(len(body))),
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"POST /api/statistics HTTP/1.1\r\n{lines}\r\n".encode() + body


def closed(target: Target, bodies: Sequence[bytes], size: int, clients: int) -> float:
    """Seconds that `clients` need for all bodies of `size` records, each sending its next after an answer."""
    return asyncio.run(_closed(target, [target.request(body) for body in bodies], size, clients))


async def _closed(target: Target, requests: Sequence[bytes], size: int, clients: int) -> float:
    waiting = iter(requests)

    async def client(exchange: Exchange) -> None:
        for request in waiting:
            await exchange(request)

    begun = time.perf_counter()
    await asyncio.gather(*(_connected(target, size, client) for _ in range(clients)))
    return time.perf_counter() - begun


def open_loop(
    target: Target, bodies: Sequence[bytes], size: int, a_second: float, rng: random.Random
) -> list[float]:
    """Latencies (s, from the intended start) of bodies that arrive at random, `a_second` on average."""
    return asyncio.run(_open_loop(target, [target.request(body) for body in bodies], size, a_second, rng))


async def _open_loop(
    target: Target, requests: Sequence[bytes], size: int, a_second: float, rng: random.Random
) -> list[float]:
    latencies: list[float] = []
    timetable = zip(_arrivals(a_second, rng), requests, strict=False)

    async def worker(exchange: Exchange) -> None:
        for intended, request in timetable:
            await asyncio.sleep(intended - time.perf_counter())
            await exchange(request)
            latencies.append(time.perf_counter() - intended)

    await asyncio.gather(*(_connected(target, size, worker) for _ in range(WORKERS)))
    return latencies


def _arrivals(a_second: float, rng: random.Random) -> Iterator[float]:
    """Times of a Poisson process that begins in half a second, when every connection is made."""
    at = time.perf_counter() + 0.5
    while True:
        at += rng.expovariate(a_second)
        yield at


async def _connected(target: Target, size: int, use: Callable[[Exchange], Awaitable[None]]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)

    async def exchange(request: bytes) -> None:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(_length(head))
        if not head.startswith(b"HTTP/1.1 200 ") or _ANSWER.decode(answer).accepted != size:
            raise RuntimeError(f"a batch was not taken whole: {head[:20]!r} {answer[:300]!r}")

    try:
        await use(exchange)
    finally:
        writer.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0])
