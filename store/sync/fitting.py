"""Batches as parts of a file that are no larger than what goes over the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct, structs

from store.local.outbox_values import Lease
from store.sync.sending import MOST_SENT_BYTES


class Part(Struct, frozen=True):
    """So many records as one body; None where a single one is too large."""

    records: int
    body: bytes | None


def that_fit(lease: Lease, body_of_lease: Callable[[Lease], bytes]) -> Iterator[Part]:
    """A batch as bodies that are no larger than those over the wire: halved until they are."""
    body = body_of_lease(lease)
    count = len(lease.records)
    if len(body) <= MOST_SENT_BYTES:
        yield Part(count, body)
    elif count <= 1:
        yield Part(count, None)
    else:
        for records in (lease.records[: count // 2], lease.records[count // 2 :]):
            yield from that_fit(structs.replace(lease, records=records), body_of_lease)
