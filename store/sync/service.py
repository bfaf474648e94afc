"""What a user can do about sending; the page and the command line both come here.

Every method may block on the memory, and `enrol` on the network. All raise SyncError or another StoreError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from msgspec import Struct, structs

from store.clock import Clock
from store.ids import id_text
from store.local.outbox_values import Lease, QueuedRecord, Rejected
from store.local.sync_store import Parts
from store.protocol import EVENTS, Scope
from store.sync.bundling import Bundling
from store.sync.enrolment import Enrolling, Entered
from store.sync.forms import (
    TEXT_VERSION,
    Consent,
    Enrolment,
    Pause,
    Sharing,
    SyncError,
    SyncState,
    Withdrawal,
)
from store.sync.memory import Remembered, SyncMemory
from store.sync.payload import Sender, body_of
from store.sync.relaying import Relaying
from store.sync.words import rejected_words

_EVERYTHING = 2**62
_NOBODY = "0" * 32
MOST_EXPORTED = 10_000
_WITHOUT: dict[Scope, dict[str, object]] = {
    "embeddings": {"embeddings": False},
    "crops": {"crops": False},
    "file_names": {"file_names": False},
    "places": {"places": "off"},
}


class Queue(Protocol):
    """What is asked of the outbox."""

    def peek(self, most: int = 500) -> Lease | None:
        """What goes next."""

    def rejected(self, after_seq: int = 0, limit: int = 100) -> list[Rejected]:
        """What was put aside."""

    def send_again(self, seqs: Sequence[int]) -> Any:  # noqa: ANN401 - a future
        """Lets rejected records wait again."""

    def discard(self, seqs: Sequence[int]) -> Any:  # noqa: ANN401
        """Lets go of rejected records."""

    def reconciled(self, from_seq: int, to_seq: int) -> Any:  # noqa: ANN401
        """Lets accepted records leave."""


class EngineOf(Protocol):
    """What is asked of the engine."""

    def state(self) -> SyncState:
        """How it is doing."""

    def compare_soon(self) -> None:
        """Compares everything with the collector."""

    def forgive(self) -> None:
        """Forgets what failed."""


class Preview(Struct, frozen=True, rename="camel"):
    """The next body, exactly: `records` of it are shown of `waiting`; `bytes` before it is compressed."""

    address: str
    records: int
    waiting: int
    bytes: int
    body: msgspec.Raw


class RejectedRecord(Struct, frozen=True, rename="camel"):
    """A record that the collector refuses, with why in words; `record` only in an export."""

    seq: int
    id: str
    kind: str
    recorded_at: int
    attempts: int
    code: str
    sentence: str
    record: msgspec.Raw | None = None


class NotesOf(Protocol):
    """What is asked of the memory beside its queue."""

    def parts_of(self, records: Sequence[QueuedRecord]) -> Mapping[bytes, Parts]:
        """Heavy parts, by record id."""

    def payloads_of(self, seqs: Sequence[int]) -> Mapping[int, str]:
        """The JSON of records, by number."""


class SecretsOf(Protocol):
    """What is asked of the credentials."""

    def forget(self) -> None:
        """Removes them."""


@dataclass(frozen=True)
class ServiceParts:
    """What the service works with."""

    memory: SyncMemory
    queue: Queue
    notes: NotesOf
    engine: EngineOf
    enrolling: Enrolling
    secrets: SecretsOf
    clock: Clock
    bundling: Bundling
    relaying: Relaying


class SyncService:
    """Consent, enrolment, pauses, and what was rejected. `poke` wakes the engine (True: also if costly).

    `bundling` and `relaying` are for places with no network.
    """

    def __init__(self, parts: ServiceParts) -> None:
        self._memory = parts.memory
        self._queue = parts.queue
        self._notes = parts.notes
        self._engine = parts.engine
        self._enrolling = parts.enrolling
        self._secrets = parts.secrets
        self._clock = parts.clock
        self.bundling = parts.bundling
        self.relaying = parts.relaying
        self.poke: Callable[[bool], None] = lambda _: None

    def state(self) -> SyncState:
        """How sending is doing."""
        return self._engine.state()

    def agree(self, sharing: Sharing) -> SyncState:
        """The user said yes to this, having seen the text of `TEXT_VERSION`."""
        self._memory.say(lambda known: (self._word(known, sharing, given=True), None))
        return self._woken()

    def withdraw(self, scope: Scope) -> SyncState:
        """Takes consent back, for all or a part; the collector is told as soon as it is reached."""

        def word(known: Remembered) -> tuple[Consent, Withdrawal | None]:
            sharing = known.consent.sharing
            if scope != "all":
                sharing = structs.replace(sharing, **_WITHOUT[scope])
            given = known.consent.given and scope != "all"
            number = max(known.consent.number, known.withdrawn)
            taken_back = Withdrawal(scope, number, self._clock.now_ms())
            return self._word(known, sharing, given=given), taken_back if known.enrolment else None

        self._memory.say(word)
        return self._woken()

    def preview(self, sharing: Sharing | None, most: int) -> Preview | None:
        """What goes next if that is agreed to (None: as it is agreed now); None where nothing waits."""
        known = self._memory.now()
        lease = self._queue.peek(most)
        if lease is None:
            return None
        consent = known.consent if sharing is None else structs.replace(known.consent, sharing=sharing)
        home = known.enrolment
        waiting = self._engine.state().accounts.waiting
        behind = max(0, waiting - len(lease.records))
        sender = Sender(_NOBODY, self._clock.now_ms(), behind)
        if home is not None:
            withdrawn = known.withdrawn_at(home.collector_id)
            sender = structs.replace(sender, device_id=home.device_id, withdrawn=withdrawn)
        body = body_of(lease, consent, sender, self._notes.parts_of)
        address = EVENTS if home is None else home.url + EVENTS
        return Preview(address, len(lease.records), waiting, len(body), msgspec.Raw(body))

    def enrol(self, url: str, code: str) -> SyncState:
        """Connects this device to a collector."""
        before = self._memory.now().last_enrolment
        entered = self._enrolling.enrol(url, code, before)
        if _is_other_device(before, entered):
            self._queue.reconciled(1, _EVERYTHING).result()
        self._memory.enrol(entered.enrolment)
        self._memory.learn(entered.withdrawn)
        self._engine.compare_soon()
        return self._woken()

    def leave(self, *, anyway: bool = False) -> SyncState:
        """Disconnects this device. What was withdrawn or erased has to be told before, but for `anyway`."""
        known = self._memory.now()
        if not anyway and (known.withdrawals or self._engine.state().erasing):
            raise SyncError(
                "The collector has not heard yet what you took back or erased.",
                "Wait until it is reached, or disconnect anyway.",
            )
        if known.enrolment is not None:
            self._memory.leave(known.enrolment)
        self._secrets.forget()
        return self._woken()

    def now(self) -> SyncState:
        """Sends now, over a costly connection, too."""
        return self._woken()

    def pause(self) -> SyncState:
        """Sends nothing until `resume`."""
        self._memory.pause(Pause("user"))
        return self._woken()

    def resume(self) -> SyncState:
        """Ends a pause, whoever began it."""
        self._memory.pause(None)
        return self._woken()

    def rejected(self, after: int, limit: int = 100) -> list[RejectedRecord]:
        """What the collector refuses, ascending."""
        return [_shown(one) for one in self._queue.rejected(after, limit)]

    def rejected_export(self) -> list[RejectedRecord]:
        """The same with the records themselves, the first 10,000."""
        found = self._queue.rejected(0, MOST_EXPORTED)
        payloads = self._notes.payloads_of([one.seq for one in found])
        return [
            structs.replace(_shown(one), record=msgspec.Raw(payloads.get(one.seq, "null").encode()))
            for one in found
        ]

    def send_again(self, seqs: Sequence[int]) -> int:
        """Sends these rejected ones again. Returns how many those are."""
        count: int = self._queue.send_again(seqs).result()
        self._woken()
        return count

    def discard(self, seqs: Sequence[int]) -> int:
        """Lets go of these rejected ones; they stay in the memory. Returns how many those are."""
        count: int = self._queue.discard(seqs).result()
        self._woken()
        return count

    def _word(self, known: Remembered, sharing: Sharing, *, given: bool) -> Consent:
        """The next one: its number grows also after a memory was put back or a clock went wrong."""
        now = self._clock.now_ms()
        number = max(known.consent.number + 1, known.withdrawn + 1, now)
        return Consent(number, given, TEXT_VERSION, now, sharing)

    def _woken(self) -> SyncState:
        self._engine.forgive()
        self.poke(True)
        return self._engine.state()


def _is_other_device(before: Enrolment | None, entered: Entered) -> bool:
    """The same collector took this for a new device: what the old one sent is there, under its name.

    Not so where it did not know the old one's key: then it was put back to before that one came, and needs
    everything again.
    """
    now = entered.enrolment
    return (
        before is not None
        and before.collector_id == now.collector_id
        and before.device_id != now.device_id
        and not entered.same_key
    )


def _shown(one: Rejected) -> RejectedRecord:
    return RejectedRecord(
        one.seq, id_text(one.id), one.kind, one.recorded_at, one.attempts, one.code, rejected_words(one.code)
    )
