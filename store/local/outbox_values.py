"""What goes in and out of the outbox, as frozen values. Times are milliseconds since the Unix epoch."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from store.local.errors import StoreError

MAX_RECORDS = 500
MAX_BYTES = 1024 * 1024
DAY_MS = 24 * 3_600_000


class BatchInFlight(StoreError):  # noqa: N818 - reads as the state that it is
    """A batch was asked for while another is in flight."""


class StaleLease(StoreError):  # noqa: N818
    """A lease that is over: released, settled, or from before a restart."""


class WrongAnswer(StoreError):  # noqa: N818
    """An answer that does not fit the batch it should belong to. Nothing was changed."""


class Caps(Struct, frozen=True):
    """How much may wait: bytes of the records' JSON, and milliseconds of counted time (`ClockWatch`)."""

    max_bytes: int = 200_000_000
    max_age_ms: int = 90 * DAY_MS


class QueuedRecord(Struct, frozen=True):
    """A record to be sent; `device` is a key of its lease's `devices`, `attempts` counts this one."""

    seq: int
    id: bytes
    kind: str
    session_id: str
    recorded_at: int
    received_at: int
    device: bytes | None
    payload: str
    attempts: int


class DroppedRange(Struct, frozen=True):
    """The records `from_seq` .. `to_seq`, every one of them, left the queue unsent for `reason`."""

    reason: str
    from_seq: int
    to_seq: int

    @property
    def count(self) -> int:
        """How many records that are."""
        return self.to_seq - self.from_seq + 1


class Lease(Struct, frozen=True):
    """One batch in flight. `records` ascend by seq, and may be empty where there are only drops to report."""

    batch_id: bytes
    epoch: bytes
    records: tuple[QueuedRecord, ...]
    dropped: tuple[DroppedRange, ...]
    devices: Mapping[bytes, str] = {}

    @property
    def first_seq(self) -> int | None:
        """The number of the first record."""
        return self.records[0].seq if self.records else None

    @property
    def last_seq(self) -> int | None:
        """The number of the last record."""
        return self.records[-1].seq if self.records else None


class Answer(Struct, frozen=True):
    """What a collector said to a batch; `rejected` maps ids to codes.

    Every record up to `ack_seq` is decided: it is rejected, or the collector has it (now or from before).
    The rest of the batch was not looked at.
    """

    batch_id: bytes
    accepted: int
    duplicate: int
    rejected: Mapping[bytes, str]
    ack_seq: int


class Settled(Struct, frozen=True):
    """What became of a batch's records; those erased while it was in flight are in none of the three."""

    accepted: int
    rejected: int
    returned: int


class Rejected(Struct, frozen=True):
    """A record that a collector refuses, until somebody decides: send it again, or let it go."""

    seq: int
    id: bytes
    kind: str
    recorded_at: int
    attempts: int
    code: str


class Accepted(Struct, frozen=True):
    """Accepted records `from_seq` .. `to_seq` that are not reconciled yet: how many, and what they are.

    `digest` is SHA-256 over seq (8 bytes, big-endian) and id (16 bytes) of each, in ascending order.
    """

    from_seq: int
    to_seq: int
    count: int
    digest: bytes


class Accounts(Struct, frozen=True):
    """Where the recorded went: recorded = accepted + waiting + rejected + dropped.

    `rejected` by code, `dropped` by reason; `leased` of those that wait are in flight; `bytes` is what counts
    against the cap: JSON of what waits and of what was accepted and is not reconciled.
    """

    epoch: bytes
    recorded: int
    accepted: int
    waiting: int
    leased: int
    rejected: Mapping[str, int]
    dropped: Mapping[str, int]
    unreported_drops: int
    bytes: int


def check(answer: Answer, lease: Lease) -> None:
    """Raises WrongAnswer where the two do not belong together."""
    decided = [record.id for record in lease.records if record.seq <= answer.ack_seq]
    told = answer.accepted + answer.duplicate + len(answer.rejected)
    fits = (
        answer.batch_id == lease.batch_id
        and answer.ack_seq <= (lease.last_seq or 0)
        and set(answer.rejected) <= set(decided)
        and min(answer.accepted, answer.duplicate) >= 0
        and told == len(decided)
    )
    if not fits:
        raise WrongAnswer(
            "The collector's answer does not fit what was sent to it.",
            "Nothing was counted as sent; the same is sent again by itself.",
        )


def in_flight() -> BatchInFlight:
    """The error for a second batch."""
    return BatchInFlight("A batch is on its way to the collector already.", "Wait for its answer.")


def stale() -> StaleLease:
    """The error for a lease that is over."""
    return StaleLease("That batch is not in flight any more.", "Take the next one from the queue.")
