"""A collector's side of the outbox, for tests: answers to a lease, and an outbox with small caps."""

from __future__ import annotations

from collections.abc import Iterable

from local_database import TIMEOUT

from store.local.database import Database
from store.local.outbox import Outbox
from store.local.outbox_values import Answer, Lease


class FixedAges:
    """Says that records up to `last` are too old."""

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def older_than(self, age_ms: int) -> int:
        return self.last


def answer_to(lease: Lease, reject: Iterable[int] = (), up_to: int | None = None) -> Answer:
    """What a collector says that has all of it up to `up_to`, but for the numbers in `reject`."""
    last = (lease.last_seq or 0) if up_to is None else up_to
    decided = [record for record in lease.records if record.seq <= last]
    refused = set(reject)
    rejected = {record.id: "bad" for record in decided if record.seq in refused}
    return Answer(lease.batch_id, len(decided) - len(rejected), 0, rejected, last)


def take(outbox: Outbox) -> Lease:
    """The next batch; there must be one."""
    lease = outbox.lease().result(TIMEOUT)
    assert lease is not None
    return lease


def seqs(lease: Lease | None) -> list[int]:
    return [] if lease is None else [record.seq for record in lease.records]


def finish_clearing(outbox: Outbox, database: Database) -> int:
    """Lets the outbox take all the steps that it has queued towards its caps; returns how many turns."""
    for turn in range(1000):
        # Asked on the writer's own thread, between two of its transactions.
        if not database.submit(lambda _: outbox._clearing).result(TIMEOUT):
            return turn
    raise AssertionError("the outbox never comes to rest")
