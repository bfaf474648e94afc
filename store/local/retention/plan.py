"""What a retention takes, thing by thing: found once, shown, written down, and carried out as it is.

Finding it again while it is carried out would find more: with a record goes what kept its picture young. A
record's number says when it arrived, whatever the clocks said; what is newer than the plan is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

Ranges = tuple[tuple[int, int], ...]


class Part(msgspec.Struct, frozen=True, rename="camel"):
    """The numbers of what goes of one kind: what nobody checked, and what goes although it was checked."""

    unchecked: Ranges = ()
    checked: Ranges = ()


class Plan(msgspec.Struct, frozen=True, rename="camel"):
    """What goes, as ranges of numbers (both ends go); `newest` is the last record that there was.

    `records` are those that go by a rule; what is about them goes with them. Embeddings are named by their
    record, thumbnails and crops by their picture.
    """

    newest: int = 0
    records: Ranges = ()
    embeddings: Part = Part()
    thumbnails: Part = Part()
    crops: Part = Part()


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Numbers in ascending order, as ranges."""
    found: list[tuple[int, int]] = []
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = number
        elif number != last + 1:
            found.append((first, last))
            first = number
        last = number
    return tuple(found) if first is None or last is None else (*found, (first, last))


def numbers_of(ranges: Ranges) -> Iterator[int]:
    """The numbers of ranges, in their order."""
    return chain.from_iterable(range(first, last + 1) for first, last in ranges)
