"""What sending remembers and tells, as frozen values. Times are milliseconds since the Unix epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from store.local.errors import StoreError
from store.local.outbox_values import Accounts
from store.protocol import Scope

TEXT_VERSION = 1  # of what the page says before it asks; a user who agreed to another text is asked again
Places = Literal["off", "coarse", "exact"]
Phase = Literal[
    "no_consent",
    "not_enrolled",
    "idle",
    "sending",
    "waiting",
    "paused",
    "update_needed",
    "metered",
]


class SyncError(StoreError):
    """Something about sending that cannot be done as asked."""


class Sharing(Struct, frozen=True, rename="camel"):
    """What goes with the records: numbers of a picture, its square, its name, and where it was taken."""

    embeddings: bool = False
    crops: bool = False
    file_names: bool = False
    places: Places = "off"


class Consent(Struct, frozen=True, rename="camel"):
    """The user's last word on sharing. `number` grows with each word; `given` is False once withdrawn."""

    number: int = 0
    given: bool = False
    text_version: int = 0
    given_at: int = 0
    sharing: Sharing = Sharing()

    @property
    def counts(self) -> bool:
        """Whether records may leave."""
        return self.given and self.text_version == TEXT_VERSION


class Enrolment(Struct, frozen=True, rename="camel"):
    """The collector that this device belongs to. `kept_in` is where its secrets are; `receipt_key` (raw
    Ed25519 in base64) signs its receipts."""

    url: str
    collector_id: str
    device_id: str
    name: str
    enrolled_at: int
    kept_in: Literal["keyring", "file"]
    release_roots: tuple[str, ...] = ()
    receipt_key: str = ""


class Pause(Struct, frozen=True, rename="camel"):
    """Why nothing is sent until somebody says so: the user's wish, or the collector's refusal."""

    by: Literal["user", "collector"]
    code: str = ""


class Withdrawal(Struct, frozen=True, rename="camel"):
    """What was withdrawn and has not reached the collector yet, or has to be told `again`."""

    scope: Scope
    consent: int
    asked_at: int
    since: int | None = None
    again: bool = False


class Standing(Struct, frozen=True, rename="camel"):
    """What was withdrawn and that collector knows; it is told again if it forgets."""

    collector_id: str
    word: Withdrawal

    def is_in(self, other: Standing) -> bool:
        """Whether the other, once told, makes up for this one."""
        ours, its = self.word, other.word
        return (
            self.collector_id == other.collector_id
            and its.scope in ("all", ours.scope)
            and its.consent >= ours.consent
            and (its.since is None or (ours.since is not None and its.since <= ours.since))
        )


class Contact(Struct, frozen=True, rename="camel"):
    """What is known of the collector since the program started; `code` is why the last try failed."""

    last_ms: int | None = None
    code: str = ""
    failures: int = 0
    bytes_per_s: float | None = None


class AccountsInfo(Struct, frozen=True, rename="camel"):
    """Where the recorded went: recorded = accepted + waiting + rejected + dropped.

    `rejected` by code, `dropped` by reason; `in_flight` of those that wait are on their way; `epoch` in hex.
    """

    epoch: str
    recorded: int
    accepted: int
    waiting: int
    in_flight: int
    rejected: Mapping[str, int]
    dropped: Mapping[str, int]
    unreported_drops: int
    bytes: int


def accounts_info(accounts: Accounts) -> AccountsInfo:
    """The accounts as they are shown."""
    return AccountsInfo(
        epoch=accounts.epoch.hex(),
        recorded=accounts.recorded,
        accepted=accounts.accepted,
        waiting=accounts.waiting,
        in_flight=accounts.leased,
        rejected=accounts.rejected,
        dropped=accounts.dropped,
        unreported_drops=accounts.unreported_drops,
        bytes=accounts.bytes,
    )


class SyncState(Struct, frozen=True, rename="camel"):
    """How sending is doing. `next_try_in_s` is None where nothing is planned; `erasing` is how many records
    that were erased here the collector has yet to let go of; `release` says where this device is with a model
    of the team's; `labels` is the tag of the team's labels here.

    Of two states of one `run` of the program the one with the greater `number` is the newer, however late the
    other arrives.
    """

    phase: Phase
    sentence: str
    advice: str
    accounts: AccountsInfo
    consent: Consent
    enrolment: Enrolment | None
    contact: Contact
    next_try_in_s: float | None
    withdrawing: tuple[Scope, ...] = ()
    erasing: int = 0
    release: str = ""
    labels: str | None = None
    run: str = ""
    number: int = 0


class Outcome(Struct, frozen=True):
    """What one turn of the engine did: records that were decided, and when to take the next (None: asked)."""

    phase: Phase
    decided: int = 0
    wait_s: float | None = None
