"""What is done to requests and answers between a device and a collector, and to both of them, by a seed.

Every harm is a method with a request to answer; `done` counts what was done by its name. `chaos_proxy` has
those that need nobody but the network.
"""

from __future__ import annotations

import gzip
import random
import signal
import socket
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec
from chaos_proxy import Chaos, answer
from fault_suite.nursery import Child
from sync_faults.collecting import RunningStore
from sync_faults.proxy import CERTIFICATES

from store.protocol import EVENTS, SCHEMA, EventsAnswer

SHARE = 0.75  # of the requests that something is done to
POISON_CODE = "wrong-shape"
STRAY = (301, 307, 400, 401, 403, 404, 413, 418, 422, 426, 500, 502, 504)
LATER = ("0", "-1", "1000000000", "Fri, 01 Jan 2100 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT", "soon")
_PAUSE_S = 0.002
_LONGEST_DELAY_S = 0.012

NETWORK = (
    "refused", "half_a_request", "no_answer", "half_an_answer", "reset", "portal", "portal_after", "redirect",
    "stray", "busy", "twice", "older", "answered_twice", "slow", "newer_answer", "forged",
)  # fmt: skip
RARE = ("stalled", "poison")
KILLS = (
    "kill_device_before", "kill_device_after", "kill_device_later",
    "kill_collector_before", "kill_collector_midway", "kill_collector_after", "kill_collector_answered",
)  # fmt: skip


class Troubles(Chaos):
    """The harms of one round. `names` are those that happen, and `bad_certificates` where that is said.

    `device` is whom a kill meets, `store` the collector that stands behind.
    """

    def __init__(self, store: RunningStore, chance: random.Random, names: Sequence[str]) -> None:
        super().__init__(target=0, random=chance)
        self.store = store
        self.device: Child | None = None
        self.bad_certificates = False
        self.names = tuple(names)
        self.wrong: list[str] = []
        self._poison: set[str] = set()
        self._earlier: deque[bytes] = deque(maxlen=8)

    @property
    def faults(self) -> int:
        """How many there were."""
        return sum(self.done.values())

    def become_calm(self) -> None:
        """From now on everything goes through."""
        self.calm = True
        self._poison.clear()

    def certificate(self) -> str:
        """The proxy asks before each connection."""
        if self.calm or not self.bad_certificates or self.random.random() > SHARE / 2:
            return "good"
        kind = self.random.choice(CERTIFICATES)
        self.done[f"{kind}_certificate"] += 1
        return kind

    def believed(self, kind: str) -> None:
        """A device must not."""
        self.wrong.append(f"a device sent a request behind a certificate that is {kind}")

    def mistake(self, text: str) -> None:
        """Not the product's."""
        self.wrong.append(text)

    def __call__(self, peer: socket.socket, request: bytes) -> None:
        if self._poison and self._poison.intersection(ids_of(request)):  # one fault, met again while halving
            self._refuse(peer)
            return
        name = "through"
        if not self.calm and self.names and self.random.random() < SHARE:
            name = self.random.choice(self.names)
            self.done[name] += 1
        getattr(self, name)(peer, request)

    def upstream(self, request: bytes, most: int | None = None) -> bytes:
        """What the collector answers, which is started where it was killed."""
        self.target = self.store.port()
        if most is None:
            self._earlier.append(request)
        return super().upstream(request, most)

    def older(self, peer: socket.socket, request: bytes) -> None:
        """The answer to another request arrives as this one's."""
        others = [one for one in self._earlier if one != request]
        if others:
            peer.sendall(self.upstream(self.random.choice(others)))

    def answered_twice(self, peer: socket.socket, request: bytes) -> None:
        """One answer comes two times."""
        told = self.upstream(request)
        peer.sendall(told + told)

    def slow(self, peer: socket.socket, request: bytes) -> None:
        """The answer drips."""
        told = self.upstream(request)
        size = max(1, len(told) // self.random.randint(2, 8))
        for start in range(0, len(told), size):
            peer.sendall(told[start : start + size])
            _pause(_PAUSE_S)

    def stalled(self, peer: socket.socket, request: bytes) -> None:
        """Part of an answer, then nothing until the device has had enough."""
        told = self.upstream(request)
        peer.sendall(told[: self.random.randrange(len(told))])
        while peer.recv(65_536):
            pass

    def stray(self, peer: socket.socket, _: bytes) -> None:
        """A proxy's own page, with any status."""
        peer.sendall(answer(f"{self.random.choice(STRAY)} Stray", "text/html", b"<h1>No</h1>"))

    def busy(self, peer: socket.socket, _: bytes) -> None:
        """Come back later, much later, or before now."""
        status = self.random.choice(("429 Too Many", "503 Busy"))
        told = f"{status}\r\nRetry-After: {self.random.choice(LATER)}"
        peer.sendall(answer(told, "text/plain", b""))

    def newer_answer(self, peer: socket.socket, request: bytes) -> None:
        """A newer collector says more than this device knows; it counts all the same."""
        head, _, body = self.upstream(request).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            peer.sendall(head + b"\r\n\r\n" + body)
            return
        told = msgspec.json.decode(body) | {"of_tomorrow": {"a": [1, None]}, "max_schema": SCHEMA + 1}
        peer.sendall(answer("200 OK", "application/json", msgspec.json.encode(told)))

    def forged(self, peer: socket.socket, request: bytes) -> None:
        """An answer that looks right, from somebody who has not passed anything on."""
        sent = events_of(request)
        if sent is None:
            return self.portal(peer, request)
        told = self._forgery(sent)
        return peer.sendall(answer("200 OK", "application/json", msgspec.json.encode(told)))

    def _forgery(self, sent: dict[str, Any]) -> EventsAnswer:
        count = len(sent["events"])
        right: dict[str, Any] = {
            "collector_id": self.store.collector_id,
            "batch_id": sent["batch_id"],
            "accepted": count,
            "ack_seq": sent["last_seq"],
        }
        wrong: dict[str, Any] = self.random.choice(
            [
                {"collector_id": "0" * 32},
                {"batch_id": "f" * 32},
                {"accepted": count + 1},
                {"ack_seq": sent["last_seq"] + 1},
            ]
        )
        return EventsAnswer(
            **(right | wrong), duplicate=0, rejected=[], server_time=0, min_schema=1, max_schema=1
        )

    def poison(self, peer: socket.socket, request: bytes) -> None:
        """Some of these events, or all, can't be read by the collector: it refuses whatever they are in."""
        ids = ids_of(request)
        if not ids:
            return self.portal(peer, request)
        count = self.random.choice((1, min(2, len(ids)), min(8, len(ids))))
        self._poison |= set(self.random.sample(ids, count))
        return self._refuse(peer)

    def _refuse(self, peer: socket.socket) -> None:
        problem = {"status": 422, "code": POISON_CODE, "collector_id": self.store.collector_id}
        body = msgspec.json.encode(problem)
        peer.sendall(answer("422 Unprocessable", "application/problem+json", body))

    def kill_device_before(self, peer: socket.socket, request: bytes) -> None:
        """Nothing of it has reached the collector."""
        _kill(self.device)

    def kill_device_after(self, peer: socket.socket, request: bytes) -> None:
        """The collector has it all; the device never hears of it."""
        device = self.device
        self.upstream(request)
        _kill(device)

    def kill_device_later(self, peer: socket.socket, request: bytes) -> None:
        """While it counts the answer."""
        device = self.device
        self.through(peer, request)
        _pause(self.random.random() * _LONGEST_DELAY_S)
        _kill(device)

    def kill_collector_before(self, peer: socket.socket, request: bytes) -> None:
        """It has read nothing, or a part."""
        self.upstream(request, self.random.randrange(len(request)))
        self.store.kill()

    def kill_collector_midway(self, peer: socket.socket, request: bytes) -> None:
        """Before the commit, in it, or after it and before the answer: it is killed at any moment."""
        killer = threading.Timer(self.random.random() * _LONGEST_DELAY_S, self.store.kill)
        self.store.port()
        killer.start()
        try:
            told = self.upstream(request)
        finally:
            killer.join()
        peer.sendall(told)

    def kill_collector_after(self, peer: socket.socket, request: bytes) -> None:
        """It has answered, which means committed; the answer is lost."""
        self.upstream(request)
        self.store.kill()

    def kill_collector_answered(self, peer: socket.socket, request: bytes) -> None:
        """As before, and the answer arrives: what it says must be true of the file that is left."""
        told = self.upstream(request)
        self.store.kill()
        peer.sendall(told)


def events_of(request: bytes) -> dict[str, Any] | None:
    """The batch of a request, if it is one."""
    head, _, body = request.partition(b"\r\n\r\n")
    if not head.startswith(f"POST {EVENTS} ".encode()):
        return None
    try:
        content = gzip.decompress(body) if b"encoding: gzip" in head.lower() else body
        batch: dict[str, Any] = msgspec.json.decode(content)
    except (OSError, EOFError, msgspec.DecodeError):  # the device was killed in the middle of it
        return None
    return batch


def ids_of(request: bytes) -> list[str]:
    """The events of a request."""
    batch = events_of(request)
    return [] if batch is None else [event["event_id"] for event in batch["events"]]


def _kill(device: Child | None) -> None:
    """The one that sent the request; another may live by now."""
    if device is not None:
        device.send(signal.SIGKILL)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
