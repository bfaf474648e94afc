"""What goes through the queue: a batch one way, what became of it the other way. For one version on both
sides: stop the instances, let the workers finish, then update.

An instance tells a device only what a worker told it after the database's commit. So the queue may lose
whatever it holds, and hand anything out twice: the device sends again what nobody answered, and the ledger
knows what it has.
"""

from __future__ import annotations

import zlib
from typing import Literal, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from store.collector.errors import Busy, TokenRefused, WithdrawalsForgotten
from store.collector.incoming import Rejection, WrongBatch
from store.collector.ledger import Outcome

_LEVEL = 1  # a batch is JSON: a sixth is left of it, for a few milliseconds


class QueueAway(Exception):  # noqa: N818 - reads as the state that it is
    """The queue does not answer. What was put there may be there or not."""


class NotKept(Exception):  # noqa: N818
    """A worker could not keep a batch, for no reason that the batch gave."""


class Asked(Struct, frozen=True, array_like=True):
    """A batch that came at `received_at` (ms): its body as JSON, compressed, and who waits for the answer."""

    id: bytes
    answer_to: str
    received_at: int
    packed: bytes


class Told(Struct, frozen=True, array_like=True):
    """What became of a batch. Where `failure` is not empty nothing was kept; `words` then say why."""

    id: bytes
    accepted: int = 0
    duplicate: int = 0
    rejected: list[tuple[bytes, str, str]] = []
    failure: Literal["", "token", "withdrawals", "batch", "unknown"] = ""
    words: tuple[str, str] = ("", "")
    labels: str | None = None
    withdrawn: int = 0


class Entry(NamedTuple):
    """One batch in the queue, by the queue's own id."""

    place: bytes
    asked: bytes


class Done(NamedTuple):
    """An entry that is over, and the answer, if anybody waits for one."""

    place: bytes
    answer_to: str
    told: bytes


class Line(Protocol):
    """The queue as one process sees it. All of it blocks, and raises QueueAway."""

    name: str

    def put(self, asked: bytes) -> None:
        """Adds a batch at the end; it is kept when this returns. Raises Busy where too many wait."""

    def answer(self, wait_s: float) -> bytes | None:
        """The next answer to this process, waited for."""

    def next(self, most: int, wait_s: float) -> list[Entry]:
        """The next batches, for this process alone until it is `done` with them or gone."""

    def left_behind(self, most: int, idle_s: float) -> list[Entry]:
        """Batches that another process took so long ago, and is not done with."""

    def done(self, entries: list[Done]) -> None:
        """Takes batches out of the queue, and answers, all at once."""

    def waiting(self) -> int:
        """How many batches nobody is done with."""

    def close(self) -> None:
        """Ends the connections."""


def asked(ask_id: bytes, answer_to: str, received_at: int, body: bytes) -> bytes:
    """A batch as it goes through the queue."""
    return msgspec.msgpack.encode(Asked(ask_id, answer_to, received_at, zlib.compress(body, _LEVEL)))


def told_of(ask_id: bytes, outcome: Outcome) -> Told:
    """What is answered to a batch that was kept."""
    rejected = [(each.event_id, each.code, each.reason) for each in outcome.rejected]
    counts = (outcome.accepted, outcome.duplicate, rejected)
    return Told(ask_id, *counts, labels=outcome.labels, withdrawn=outcome.withdrawn)


def outcome_of(told: Told) -> Outcome:
    """What became of the batch. Raises TokenRefused, WithdrawalsForgotten, WrongBatch or NotKept as the
    worker did."""
    if told.failure == "token":
        raise TokenRefused(*told.words)
    if told.failure == "withdrawals":
        raise WithdrawalsForgotten(*told.words)
    if told.failure == "batch":
        raise WrongBatch(told.words[0])
    if told.failure:
        raise NotKept(told.words[0])
    rejected = [Rejection(*each) for each in told.rejected]
    return Outcome(told.accepted, told.duplicate, rejected, told.labels, told.withdrawn)


def too_many() -> Busy:
    """The error for a queue that is full."""
    return Busy("More waits for the collector's database than its queue takes.", "Send this again later.")
