"""What is in a bundle and in a receipt, their limits, and what can be wrong with them.

A bundle is a line that says what it is, a signed line (`Seal`), and its parts one after another, each the
gzip of a body exactly as over the wire (`EventsRequest`, `WithdrawRequest` or `EraseRequest`), or of
`CarriedReports`. A receipt is a line that says what it is and a signed line (`Taken`) for each part. A signed
line is a signature, a space, and JSON.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from store.local.errors import StoreError
from store.protocol import Base64, Dropped, HexDigest, HexId, Moment, Number, RejectedEvent, Schema, Scope
from store.protocol_releases import CarriedReport

BUNDLE = b"whimbrel bundle 1\n"
RECEIPT = b"whimbrel receipt 1\n"
RECEIPT_ENDING = ".receipt"
MOST_PARTS = 8000
MOST_LINE_BYTES = 1024 * 1024
MOST_PART_BYTES = 5 * 1024 * 1024  # as base64 with its seal it is less than a collector takes of one body


What = Literal["events", "withdrawal", "erasure", "reports"]


class BundleError(StoreError):
    """A file that is no good; nothing of it counts. `code` is for programs."""

    def __init__(self, code: str, sentence: str, advice: str) -> None:
        super().__init__(sentence, advice)
        self.code = code


class _Kept(Struct, frozen=True):
    """Base of what is in these files: unknown fields are ignored, so that either side may be the newer."""


class SealedPart(_Kept, frozen=True):
    """One part: what it is, and how many bytes with which SHA-256 it has in the file."""

    what: What
    size: Annotated[int, Meta(ge=1, le=MOST_PART_BYTES)]
    sha256: HexDigest


class Seal(_Kept, frozen=True):
    """What a device says of its bundle and signs; `public_key` is its own, by which damage shows anywhere.

    `records` is how many there are in all parts, `made_at` by the device's clock.
    """

    schema: Schema
    bundle_id: HexId
    collector_id: HexId
    device_id: HexId
    public_key: Base64
    made_at: Moment
    records: Number
    parts: Annotated[list[SealedPart], Meta(min_length=1, max_length=MOST_PARTS)]


class Withdrawn(_Kept, frozen=True):
    """A withdrawal that the collector carried out."""

    scope: Scope
    consent: Number
    since: Moment | None = None


class Taken(_Kept, frozen=True):
    """What became of part `part` (from 0) of `parts`; the collector signs it after its commit.

    It has the events `held`, `new` of them since this time; it knows of `dropped`, let go of `erased`, and
    keeps what was `reported` of releases.
    Where `problem` is not empty it could not read the part, and nothing of it is decided.
    """

    schema: Schema
    collector_id: HexId
    device_id: HexId
    bundle_id: HexId
    part: Number
    parts: Number
    taken_at: Moment
    new: Number = 0
    held: list[HexId] = []
    rejected: list[RejectedEvent] = []
    dropped: list[Dropped] = []
    withdrawn: Withdrawn | None = None
    erased: list[HexId] = []
    reported: list[CarriedReport] = []
    problem: str = ""


def signed_line(signature: str, content: bytes) -> bytes:
    """A line with its signature in front."""
    return signature.encode() + b" " + content + b"\n"


def split_line(line: bytes) -> tuple[str, bytes] | None:
    """Signature and content of a whole signed line; None where it is none."""
    signature, space, content = line.partition(b" ")
    if not (space and content.endswith(b"\n") and signature.isascii()):
        return None
    return signature.decode(), content[:-1]


def read_seal(content: bytes) -> Seal | None:
    """The seal that a signed line has as its content; None where it is none."""
    try:
        return msgspec.json.decode(content, type=Seal)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def damaged(what: str) -> BundleError:
    """The error for a file that is not as it was written."""
    return BundleError(
        f"{what}-damaged",
        f"This {what} is cut off or was changed since it was written; nothing of it was taken.",
        "Copy it anew from where it was made, or write it anew.",
    )


def no_such_file(what: str) -> BundleError:
    """The error for a file that is something else."""
    return BundleError(
        f"{what}-unknown",
        f"This file is no {what} of Whimbrel's, or one of another version; nothing was taken.",
        f"Name the {what}, and see that Whimbrel is up to date on both sides.",
    )


def unreadable(path: object, error: OSError) -> BundleError:
    """The error for a file that is not there or can't be read."""
    return BundleError(
        "file", f"{path} can't be read ({error.strerror or error}).", "Look at its name and its disk."
    )


def unwritable(path: object, error: OSError) -> BundleError:
    """The error for a place that takes no file."""
    return BundleError(
        "file",
        f"{path} can't be written ({error.strerror or error}); nothing is left of it.",
        "Name another place, or make room.",
    )


def foreign(what: str) -> BundleError:
    """The error for a file that is about another device or another collector."""
    return BundleError(
        f"{what}-foreign",
        f"This {what} belongs to another device or another collector; nothing of it was taken.",
        "Take it to where it belongs.",
    )
