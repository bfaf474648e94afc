"""The wire between a device and a collector: bodies, answers, limits and codes. Types only, no behaviour.

Field names are snake_case on this wire. Ids are 16 bytes as 32 hex digits, keys and tokens base64, times
milliseconds since the Unix epoch. `schema` is the sender's; a collector answers 426 outside its own
`min_schema` .. `max_schema`. Unknown fields are ignored, so that either side may be the newer one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

SCHEMA = 1
MIN_SCHEMA = 1

BASE = "/api/sync/v1"
ENROL, EVENTS, RECONCILE, WITHDRAW, ME, BUNDLE = (
    f"{BASE}/{name}" for name in ("enrol", "events", "reconcile", "withdraw", "me", "bundle")
)

MOST_EVENTS = 500  # of one batch
MOST_IDS = 10_000  # of one reconciled range
MOST_BODY_BYTES = 8 * 1024 * 1024  # after inflating; more is 413
MOST_RECORD_BYTES = 1024 * 1024  # of one event's record as JSON; more is rejected as `oversize`
MOST_ANSWER_BYTES = 1024 * 1024  # a device reads no more of any answer

_MOMENT = 2**53
HexId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
HexLength = Annotated[str, Meta(min_length=32, max_length=32)]  # a HexId that its reader looks at itself
HexDigest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
Base64 = Annotated[str, Meta(pattern="^[A-Za-z0-9+/_=-]*$", max_length=256)]
Text = Annotated[str, Meta(min_length=1, max_length=256)]
Word = Annotated[str, Meta(min_length=1, max_length=256, pattern="^[^\\x00]*$")]
Number = Annotated[int, Meta(ge=0, le=_MOMENT)]
Moment = Annotated[int, Meta(ge=-_MOMENT, le=_MOMENT)]  # a field clock may stand before 1970
Schema = Annotated[int, Meta(ge=1, le=1_000_000)]

FORGOTTEN = "withdrawals-forgotten"  # the `code` of a 409 to a batch
EnrolCode = Literal["code-unknown", "code-used", "code-expired"]  # the `code` of a 403's problem document
RejectCode = Literal["malformed", "oversize", "conflict", "erased"]
Scope = Literal["all", "embeddings", "crops", "file_names", "places"]


class _Wire(Struct, frozen=True, omit_defaults=False, gc=False):
    """Base of everything on this wire: immutable, snake_case, unknown fields ignored."""


class EnrolRequest(_Wire, frozen=True):
    """Asks for a place among a collector's devices. `public_key` is raw Ed25519 (32 bytes)."""

    schema: Schema
    code: Word
    device_name: Word
    public_key: Base64
    app_version: Word
    platform: Word
    install_id: Word


class EnrolAnswer(_Wire, frozen=True):
    """What a device keeps: `token` is base64url of 32 bytes, `release_roots` raw Ed25519 public keys, and
    `receipt_key` the one by which the collector signs receipts of bundles (empty: it takes none).

    Here and in other answers `withdrawn` is the greatest `consent` of what this device took back, as far as
    the collector knows (0: nothing): what was agreed to under that number or a smaller one counts no more.
    """

    collector_id: HexId
    device_id: HexId
    token: Base64
    server_time: Moment
    min_schema: Schema
    max_schema: Schema
    release_roots: list[Base64] = []
    receipt_key: Base64 = ""
    withdrawn: Number | None = None


class Dropped(_Wire, frozen=True):
    """The records `from_seq` .. `to_seq`, every one, left the device's queue unsent for `reason`."""

    reason: Word
    from_seq: Number
    to_seq: Number
    count: Number


class Event(_Wire, frozen=True):
    """One record. `ts` as it was recorded, `received_at` as the device's memory took it; `context` is a key.

    `mono_ms` is milliseconds on a clock that never jumps since the boot `boot_id`, where they are known. A
    batch has 500 of these and patterns are slow: the reader sees that ids are hex and texts have no NUL.
    """

    event_id: HexLength
    seq: Number
    kind: Text
    session_id: Text
    ts: Moment
    received_at: Moment
    record: Raw
    mono_ms: Number | None = None
    boot_id: HexLength | None = None
    context: Text | None = None


class EventsRequest(_Wire, frozen=True):
    """A batch. Each of `events` is an `Event`, decoded on its own so that a bad one fails alone.

    `first_seq` and `last_seq` are 0 where there are only drops to report. `contexts` holds the device info
    objects that the events name. `consent` is the number of the user's last word on sharing; each further
    word has a greater one. `waiting` is how many records the device has yet to send, this batch left out.
    `withdrawn` is the greatest number that the device took back here. A collector that does not know of it,
    since it was put back from a backup, answers 409 `withdrawals-forgotten` and keeps nothing until it does.
    """

    schema: Schema
    batch_id: HexId
    device_id: HexId
    queue_epoch: HexId
    sent_at: Moment
    first_seq: Number
    last_seq: Number
    events: Annotated[list[Raw], Meta(max_length=MOST_EVENTS)]
    boot_id: HexId | None = None
    consent: Number = 0
    waiting: Number | None = None
    withdrawn: Number = 0
    dropped: list[Dropped] = []
    contexts: dict[Word, Raw] = {}


class RejectedEvent(_Wire, frozen=True):
    """An event that the collector does not take. A device knows codes of a newer collector by their text."""

    event_id: HexId
    code: Word
    reason: str = ""


class ReleaseOffer(_Wire, frozen=True):
    """A model release that waits for this device."""

    version: Number
    manifest_sha256: HexDigest


class EventsAnswer(_Wire, frozen=True):
    """What became of a batch, after the collector's commit: accepted, had before, or rejected.

    Everything up to `ack_seq` is decided. `labels` is the entity tag of the shared label list. `spread_s` is
    over how many seconds a device should spread its return where a network appears for many at once.
    """

    collector_id: HexId
    batch_id: HexId
    accepted: Number
    duplicate: Number
    rejected: list[RejectedEvent]
    ack_seq: Number
    server_time: Moment
    min_schema: Schema
    max_schema: Schema
    release: ReleaseOffer | None = None
    labels: str | None = None
    spread_s: Number | None = None
    withdrawn: Number | None = None


class Range(_Wire, frozen=True):
    """Accepted records `from_seq` .. `to_seq`: how many, and SHA-256 over seq (8 bytes, big-endian) and id
    (16 bytes) of each, ascending.
    """

    from_seq: Number
    to_seq: Number
    count: Number
    digest: HexDigest


class ReconcileRequest(_Wire, frozen=True):
    """Compares `ranges`; or, with `want` = "ids", asks for the ids of one range (`from_seq` .. `to_seq`)."""

    schema: Schema
    device_id: HexId
    queue_epoch: HexId
    ranges: Annotated[list[Range], Meta(max_length=1000)] = []
    want: Literal["ranges", "ids"] = "ranges"
    from_seq: Number = 0
    to_seq: Number = 0


class ReconcileAnswer(_Wire, frozen=True):
    """Indices of the ranges that are the same and of those that differ."""

    collector_id: HexId
    server_time: Moment
    same: list[Number]
    different: list[Number]


class IdsAnswer(_Wire, frozen=True):
    """Number and id of each event of a range that the collector has, ascending, at most MOST_IDS."""

    collector_id: HexId
    server_time: Moment
    ids: list[tuple[Number, HexId]]


class WithdrawRequest(_Wire, frozen=True):
    """Takes consent back: for everything, or for a part, of what was recorded since `since` (None: ever).

    It is about what came, or still comes, in batches whose `consent` is at most this one's: "all" of that is
    `erased`, a part is stripped. A batch with a greater number was agreed to anew. `again`: the collector
    knew of it before; where it still does, nothing is to be done.
    """

    schema: Schema
    device_id: HexId
    scope: Scope
    consent: Number
    since: Moment | None = None
    again: bool = False


class WithdrawAnswer(_Wire, frozen=True):
    """How many events the collector erased that from, and the tombstone that keeps it so."""

    collector_id: HexId
    server_time: Moment
    erased: Number
    tombstone_id: HexId


class BundleRequest(_Wire, frozen=True):
    """One part of a bundle that a device passes on for another, which signed it: the seal (its JSON, byte for
    byte) with its signature, which part this is, and that part as it lies in the file, in base64.
    """

    schema: Schema
    seal: Annotated[str, Meta(min_length=1, max_length=MOST_ANSWER_BYTES)]
    signature: Annotated[str, Meta(pattern="^[0-9a-f]{128}$", max_length=128)]
    part: Number
    packed: Annotated[str, Meta(min_length=1, pattern="^[A-Za-z0-9+/]*=*$")]


class BundleAnswer(_Wire, frozen=True):
    """The line of the receipt for that part, signed, after the collector's commit."""

    collector_id: HexId
    server_time: Moment
    line: str


class Me(_Wire, frozen=True):
    """What the collector knows of the device that asks; `last_seq` by queue epoch."""

    collector_id: HexId
    device_id: HexId
    name: str
    scopes: list[str]
    server_time: Moment
    min_schema: Schema
    max_schema: Schema
    accepted: Number
    last_seq: dict[HexId, Number]
    withdrawn: Number | None = None


class Refusal(_Wire, frozen=True):
    """What a device reads of a problem document (RFC 9457). `min_schema` and `max_schema` come with a 426.

    A 400, 401, 403, 422 or 426 without `collector_id` is some proxy's and changes nothing.
    """

    status: int = 0
    code: str = ""
    detail: str = ""
    collector_id: str | None = None
    min_schema: int | None = None
    max_schema: int | None = None
