"""A collector on paper, for tests of the engine: keeps what it is sent as the contract says.

It stands in a transport's place, and harm can be done to any request before and after it.
"""

from __future__ import annotations

import gzip
import hashlib
import random
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from odd_server import odd_server, whole

from store import protocol, protocol_beside, protocol_releases
from store.protocol import Event, EventsAnswer, EventsRequest, RejectedEvent
from store.record_core import core_hash
from store.sync.transport import Part
from store.sync.verdict import Response

COLLECTOR = "c0" * 16
DEVICE = "de" * 16
TOKEN = "dG9rZW4"
Harm = Callable[["PaperCollector", str, bytes, str | None], Response]


def answer(body: Any, status: int = 200, media: str = "application/json", **headers: str) -> Response:
    return Response(status, media, msgspec.json.encode(body), **headers)


def refusal(status: int, code: str = "", **more: object) -> Response:
    told = {"status": status, "code": code, "collector_id": COLLECTOR} | more
    return answer(told, status, "application/problem+json")


@dataclass
class PaperCollector:
    """`kept` maps ids of events to how often each was committed as new: more than once is a double."""

    now_ms: int = 1_790_000_000_000
    kept: dict[str, bytes] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    dropped: list[protocol.Dropped] = field(default_factory=list)
    poison: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    etag: str | None = None
    labels: list[protocol_beside.SharedLabel] = field(default_factory=list)
    withdrawn: list[protocol.WithdrawRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    harms: list[Harm] = field(default_factory=list)
    most_events: int = 500
    spread_s: int | None = None
    no_me: Response | None = None
    token: str = TOKEN
    heard: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        """As a transport."""
        path = "/" + url.split("/", 3)[3]
        self.asked[path] += 1
        self.bodies.append(body)
        if self.harms:
            return self.harms.pop(0)(self, path, body, token)
        return self.handle(path, body, token)

    def get(self, url: str, token: str | None, part: Part | None = None) -> Response:
        """The shared labels, and no release."""
        path, _, has = ("/" + url.split("/", 3)[3]).partition("?etag=")
        if path == protocol.ME:
            return self._me()
        if path == protocol_releases.RELEASES:
            return answer(protocol_releases.ReleaseOfferAnswer(COLLECTOR, self.now_ms, None, []))
        assert (path, token) == (protocol_beside.LABELS, self.token)
        self.asked[path] += 1
        if self.harms:
            return self.harms.pop(0)(self, path, b"", token)
        labels = None if has == self.etag else self.labels
        return answer(protocol_beside.LabelsAnswer(COLLECTOR, self.now_ms, self.etag, labels))

    def close(self) -> None:
        self.closed = True

    def handle(self, path: str, body: bytes, token: str | None) -> Response:
        """What it answers where nothing is in the way; committed before that."""
        if path == protocol.ENROL:
            place = (COLLECTOR, DEVICE, self.token, self.now_ms, 1, 1)
            return answer(protocol.EnrolAnswer(*place, withdrawn=self.greatest))
        if token != self.token:
            return refusal(401, "token-unknown")
        if path == protocol.EVENTS:
            return self._events(msgspec.json.decode(body, type=EventsRequest))
        if path == protocol.RECONCILE:
            return self._reconcile(msgspec.json.decode(body, type=protocol.ReconcileRequest))
        if path == protocol_beside.ERASE:
            return self._erase(msgspec.json.decode(body, type=protocol_beside.EraseRequest))
        request = msgspec.json.decode(body, type=protocol.WithdrawRequest)
        self.withdrawn.append(request)
        self.heard.set()
        return answer(protocol.WithdrawAnswer(COLLECTOR, self.now_ms, len(self.kept), "70" * 16))

    @property
    def greatest(self) -> int:
        """The greatest consent of what was withdrawn."""
        return max((each.consent for each in self.withdrawn), default=0)

    def _me(self) -> Response:
        self.asked[protocol.ME] += 1
        if self.no_me is not None:
            return self.no_me
        who, now = (COLLECTOR, DEVICE, "laptop", ["sync"]), self.now_ms
        return answer(protocol.Me(*who, now, 1, 1, len(self.kept), {}, withdrawn=self.greatest))

    def _erase(self, request: protocol_beside.EraseRequest) -> Response:
        fresh = set(request.event_ids) - self.erased
        self.erased |= fresh
        return answer(protocol_beside.EraseAnswer(COLLECTOR, self.now_ms, len(fresh)))

    def _events(self, request: EventsRequest) -> Response:
        events = [msgspec.json.decode(raw, type=Event) for raw in request.events]
        if len(events) > self.most_events:
            return refusal(413, "too-large")
        if request.withdrawn > self.greatest:
            return refusal(409, protocol.FORGOTTEN)
        if any(event.event_id in self.poison for event in events):
            return refusal(422, "wrong-shape")
        accepted, rejected = 0, list[RejectedEvent]()
        for event in events:
            if event.event_id in self.refused:
                rejected.append(RejectedEvent(event.event_id, self.refused[event.event_id]))
            elif event.event_id not in self.kept:
                accepted += 1
                self.kept[event.event_id] = core_hash(event.record)
                self.seqs[event.event_id] = event.seq
                self.records[event.event_id] = msgspec.json.decode(event.record)
            else:
                assert self.kept[event.event_id] == core_hash(event.record), "conflict"
        self.dropped += request.dropped
        return answer(
            EventsAnswer(
                collector_id=COLLECTOR,
                batch_id=request.batch_id,
                accepted=accepted,
                duplicate=len(events) - accepted - len(rejected),
                rejected=rejected,
                ack_seq=request.last_seq,
                server_time=self.now_ms,
                min_schema=1,
                max_schema=1,
                labels=self.etag,
                spread_s=self.spread_s,
                withdrawn=self.greatest,
            )
        )

    def _reconcile(self, request: protocol.ReconcileRequest) -> Response:
        if request.want == "ids":
            found = self._there(request.from_seq, request.to_seq)
            return answer(protocol.IdsAnswer(COLLECTOR, self.now_ms, found[: protocol.MOST_IDS]))
        same, different = list[int](), list[int]()
        for index, one in enumerate(request.ranges):
            there = self._there(one.from_seq, one.to_seq)
            (same if _digest(there) == one.digest else different).append(index)
        return answer(protocol.ReconcileAnswer(COLLECTOR, self.now_ms, same, different))

    def _there(self, first: int, last: int) -> list[tuple[int, str]]:
        return sorted((seq, event) for event, seq in self.seqs.items() if first <= seq <= last)


def _digest(there: list[tuple[int, str]]) -> str:
    content = b"".join(seq.to_bytes(8, "big") + bytes.fromhex(event) for seq, event in there)
    return hashlib.sha256(content).hexdigest()


def paper_server(collector: PaperCollector) -> AbstractContextManager[tuple[int, list[bytes]]]:
    """The same behind a real socket: its port."""

    def say(peer: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        token = re.search(rb"(?i)authorization: bearer ([^\r]*)", head)
        content = gzip.decompress(body) if b"gzip" in head else body
        url, known = f"http://here{path}", token[1].decode() if token else None
        told = collector.get(url, known) if head[:3] == b"GET" else collector.post(url, content, known)
        whole(f"{told.status} Said", f"Content-Type: {told.content_type}\r\n", told.body)(peer, request)

    return odd_server(say)


def says(response: Response) -> Harm:
    """Answers that instead, and takes nothing."""
    return lambda collector, path, body, token: response


def takes_but_says(response: Response) -> Harm:
    """Commits, and then that comes back instead of the answer."""

    def harm(collector: PaperCollector, path: str, body: bytes, token: str | None) -> Response:
        collector.handle(path, body, token)
        return response

    return harm


def changed(**changes: object) -> Harm:
    """Commits, and changes fields of the answer on the way."""

    def harm(collector: PaperCollector, path: str, body: bytes, token: str | None) -> Response:
        told = msgspec.json.decode(collector.handle(path, body, token).body)
        return answer(told | changes)

    return harm


def twice(collector: PaperCollector, path: str, body: bytes, token: str | None) -> Response:
    """A proxy repeats the request."""
    collector.handle(path, body, token)
    return collector.handle(path, body, token)


def older_answer(collector: PaperCollector, path: str, body: bytes, token: str | None) -> Response:
    """The answer to an earlier request comes instead of this one's."""
    told = collector.handle(path, collector.bodies[0], token)
    return told if path == protocol.EVENTS and collector.bodies[0] != body else Response(failure="cut")


def every_harm() -> list[Harm]:
    """All that a network, a proxy, a portal and a troubled collector do to one request."""
    portal = Response(200, "text/html", b"<html>Welcome to the hotel</html>")
    failures = [
        Response(failure=code) for code in ("offline", "tls", "timeout", "cut", "nonsense", "too-long")
    ]
    codes = (301, 302, 307, 400, 401, 403, 404, 422, 426, 500, 502, 504)
    statuses = [Response(code, "text/html", b"<h1>?</h1>") for code in codes]
    later = [
        answer({}, status, retry_after=text)
        for status, text in (
            (429, "0"),
            (503, "-1"),
            (503, "1000000000"),
            (429, "Fri, 01 Jan 2100 00:00:00 GMT"),
            (503, "soon"),
        )
    ]
    odd = [answer({}), answer([]), Response(200, "application/json", b'{"collector_id":'), Response(204)]
    answers = [portal, *failures, *statuses, *later, *odd]
    wrong = [changed(collector_id="c1" * 16), changed(batch_id="b1" * 16), changed(accepted=10_000),
             changed(ack_seq=10**9), changed(rejected=[{"event_id": "0" * 32, "code": "x"}]),
             changed(rejected="all"), changed(ack_seq=-1), changed(duplicate=0.5)]  # fmt: skip
    return [*map(says, answers), *map(takes_but_says, answers), *wrong, twice, older_answer]


def random_harms(seed: int, count: int) -> list[Harm]:
    """So many of them, in an order that the seed decides."""
    chosen = random.Random(seed)
    return [chosen.choice(every_harm()) for _ in range(count)]
