"""Stands between a device and a collector on real sockets, and does to each request what a seed says."""

from __future__ import annotations

import random
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from odd_server import odd_server

_PORTAL = b"<html>Welcome to the hotel</html>"
_NOW_S = 20


@dataclass
class Chaos:
    """One request at a time. `done` counts what was done; `calm` lets everything through."""

    target: int
    random: random.Random
    calm: bool = False
    done: Counter[str] = field(default_factory=Counter)
    _first: bytes = b""

    def __call__(self, peer: socket.socket, request: bytes) -> None:
        harm: Callable[[socket.socket, bytes], None] = self.through
        if not self.calm:
            harm = self.random.choice(self.harms())
        self.done[harm.__name__] += 1
        harm(peer, request)

    def harms(self) -> list[Callable[[socket.socket, bytes], None]]:
        """What there is; each as likely as any other."""
        return [
            self.through, self.refused, self.half_a_request, self.no_answer, self.half_an_answer, self.reset,
            self.portal, self.portal_after, self.redirect, self.busy, self.twice, self.older, self.garbled,
        ]  # fmt: skip

    def upstream(self, request: bytes, most: int | None = None) -> bytes:
        """What the collector answers to the request, or to its first bytes."""
        head, end, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        content = b"\r\n".join([*lines, b"Connection: close"]) + end + body
        with socket.create_connection(("127.0.0.1", self.target), timeout=_NOW_S) as there:
            there.sendall(content[:most])
            if most is not None:
                return b""
            return b"".join(iter(lambda: there.recv(65_536), b""))

    def through(self, peer: socket.socket, request: bytes) -> None:
        self._first = self._first or request
        peer.sendall(self.upstream(request))

    def refused(self, peer: socket.socket, _: bytes) -> None:
        _reset(peer)

    def half_a_request(self, peer: socket.socket, request: bytes) -> None:
        self.upstream(request, self.random.randrange(len(request)))

    def no_answer(self, peer: socket.socket, request: bytes) -> None:
        self.upstream(request)

    def half_an_answer(self, peer: socket.socket, request: bytes) -> None:
        told = self.upstream(request)
        peer.sendall(told[: self.random.randrange(len(told))])

    def reset(self, peer: socket.socket, request: bytes) -> None:
        told = self.upstream(request)
        peer.sendall(told[: self.random.randrange(len(told))])
        _reset(peer)

    def portal(self, peer: socket.socket, _: bytes) -> None:
        peer.sendall(answer("200 OK", "text/html", _PORTAL))

    def portal_after(self, peer: socket.socket, request: bytes) -> None:
        self.upstream(request)
        self.portal(peer, request)

    def redirect(self, peer: socket.socket, _: bytes) -> None:
        peer.sendall(answer("302 Found\r\nLocation: http://portal.invalid/", "text/html", b""))

    def busy(self, peer: socket.socket, _: bytes) -> None:
        asked = self.random.choice(("0", "-1", "1000000000", "Fri, 01 Jan 2100 00:00:00 GMT", "soon"))
        peer.sendall(answer(f"503 Busy\r\nRetry-After: {asked}", "text/plain", b""))

    def twice(self, peer: socket.socket, request: bytes) -> None:
        self.upstream(request)
        self.through(peer, request)

    def older(self, peer: socket.socket, request: bytes) -> None:
        peer.sendall(self.upstream(self._first or request))

    def garbled(self, peer: socket.socket, request: bytes) -> None:
        told = bytearray(self.upstream(request))
        told[self.random.randrange(len(told) // 2, len(told))] ^= 1 << self.random.randrange(8)
        peer.sendall(told)


def answer(status: str, media: str, body: bytes) -> bytes:
    """An answer as bytes; `status` may carry further headers."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def chaos_before(target: int, seed: int) -> Iterator[tuple[int, Chaos]]:
    """A port behind which the target is, most of the time."""
    chaos = Chaos(target, random.Random(seed))
    with odd_server(chaos) as (port, _):
        yield port, chaos
