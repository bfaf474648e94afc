"""The JSON of sending to a collector. What it tells is `store.sync.forms`' own."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from store.protocol import Scope
from store.sync.forms import Sharing
from store.sync.service import Preview, RejectedRecord

Typed = Annotated[str, Meta(min_length=1, max_length=500)]
Seqs = Annotated[list[Annotated[int, Meta(ge=1, le=2**53)]], Meta(min_length=1, max_length=10_000)]


class _Asked(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Base of what the page asks."""


class ConsentRequest(_Asked, frozen=True):
    """The user said yes to this."""

    sharing: Sharing


class EnrolRequest(_Asked, frozen=True):
    """The collector's address and the code that somebody there made."""

    url: Typed
    code: Typed


class WithdrawRequest(_Asked, frozen=True):
    """What is not to be shared any more, and to be erased at the collector."""

    scope: Scope


class SeqsRequest(_Asked, frozen=True):
    """Which rejected records."""

    seqs: Seqs


Place = Annotated[str, Meta(min_length=1, max_length=4096, pattern="^[^\\x00]*$")]


class BundleRequest(_Asked, frozen=True):
    """A new file for what waits, at most so many records; whole path."""

    file: Place
    most: Annotated[int, Meta(ge=1, le=2**53)] = 2**53


class BundleFileRequest(_Asked, frozen=True):
    """A bundle or receipt to read; whole path."""

    file: Place


class PreviewAnswer(Struct, frozen=True, rename="camel"):
    """What goes next, exactly; `preview` is None where nothing waits."""

    preview: Preview | None


class RejectedAnswer(Struct, frozen=True, rename="camel"):
    """Rejected records, ascending; `next` is the `after` of the page behind this one, None at the end."""

    records: list[RejectedRecord]
    next: int | None


class CountAnswer(Struct, frozen=True, rename="camel"):
    """How many records that were."""

    count: int
