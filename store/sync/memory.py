"""What sending remembers across starts: consent, enrolment, a pause, and what was withdrawn.

A withdrawal that a collector knows of is kept, so that it can be told again to one that was put back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct, structs

from store.local.outbox_values import QueuedRecord
from store.local.sync_store import Parts
from store.sync.forms import Consent, Enrolment, Pause, Standing, Withdrawal

T = TypeVar("T")
MOST_WITHDRAWN = 2**52  # no clock counts so far: a greater number would leave none for what is agreed to next


class NoteStore(Protocol):
    """Where it lies (`store.local.sync_store.SyncStore`)."""

    def notes(self) -> dict[str, str]:
        """JSON by name."""

    def put(self, notes: Mapping[str, object]) -> Future[None]:
        """Writes some, all or none; None takes one away."""

    def parts_of(self, records: Sequence[QueuedRecord]) -> Mapping[bytes, Parts]:
        """The heavy parts of records, by id."""


class Remembered(Struct, frozen=True):
    """All of it at one moment. `labels` is the entity tag of the team's labels that are here.

    `withdrawals` are to be told, `standing` those that a collector knows; `withdrawn` is the greatest number
    that any collector knows this device to have withdrawn, be it by a memory that was put back since.
    """

    consent: Consent = Consent()
    enrolment: Enrolment | None = None
    pause: Pause | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    left: Enrolment | None = None
    labels: str | None = None
    standing: tuple[Standing, ...] = ()
    withdrawn: int = 0

    def standing_at(self, collector_id: str) -> list[Withdrawal]:
        """What that collector should know of."""
        return [one.word for one in self.standing if one.collector_id == collector_id]

    def withdrawn_at(self, collector_id: str) -> int:
        """The greatest number that it should know of; 0 where it should know of nothing."""
        return max((word.consent for word in self.standing_at(collector_id)), default=0)

    @property
    def last_enrolment(self) -> Enrolment | None:
        """Where this device belongs, or belonged last."""
        return self.enrolment or self.left


class SyncMemory:
    """Reads and writes it. A note that cannot be read counts as none: nothing then leaves.

    The user and the engine write at the same time: each change is made of what is there at its moment.
    """

    def __init__(self, notes: NoteStore) -> None:
        self._notes = notes
        self._changing = threading.Lock()

    def now(self) -> Remembered:
        """Reads all of it."""
        return remembered(self._notes.notes())

    def say(self, word: Callable[[Remembered], tuple[Consent, Withdrawal | None]]) -> None:
        """Writes the user's next word, and with it what it takes back."""
        with self._changing:
            known = self.now()
            consent, taken_back = word(known)
            notes: dict[str, object] = {"consent": consent}
            if taken_back is not None:
                notes["withdrawals"] = [*known.withdrawals, taken_back]
            self._notes.put(notes).result()

    def enrol(self, enrolment: Enrolment) -> None:
        """Writes where this device belongs, which ends a pause."""
        with self._changing:
            self._notes.put({"enrolment": enrolment, "pause": None, "left": None}).result()

    def leave(self, left: Enrolment) -> None:
        """Belongs nowhere any more; what was to be withdrawn there can't be."""
        with self._changing:
            self._notes.put({"enrolment": None, "pause": None, "withdrawals": None, "left": left}).result()

    def pause(self, pause: Pause | None) -> None:
        """Writes why nothing is sent."""
        self._notes.put({"pause": pause}).result()

    def shut_out(self, enrolment: Enrolment, code: str) -> None:
        """Writes that this collector does not let the device in, if it still belongs there."""
        with self._changing:
            if self.now().enrolment == enrolment:
                self.pause(Pause("collector", code))

    def heard(self, withdrawal: Withdrawal, collector_id: str) -> None:
        """Writes that the collector knows of this one."""
        with self._changing:
            known = self.now()
            rest = [one for one in known.withdrawals if one != withdrawal]
            told = Standing(collector_id, structs.replace(withdrawal, again=False))
            standing = [*(one for one in known.standing if not one.is_in(told)), told]
            self._notes.put({"withdrawals": rest or None, "standing": standing}).result()

    def tell_again(self, collector_id: str) -> None:
        """Has that collector told of all that it should know of."""
        with self._changing:
            known = self.now()
            again = [structs.replace(one, again=True) for one in known.standing_at(collector_id)]
            rest = [one for one in known.withdrawals if one not in again]
            self._notes.put({"withdrawals": [*again, *rest]}).result()

    def learn(self, withdrawn: int) -> None:
        """Writes the greatest number that was withdrawn, if it is news; consent that is no newer ends."""
        with self._changing:
            known = self.now()
            if not known.withdrawn < withdrawn <= MOST_WITHDRAWN:
                return
            notes: dict[str, object] = {"withdrawn": withdrawn}
            if known.consent.given and known.consent.number <= withdrawn:
                notes["consent"] = structs.replace(known.consent, given=False)
            self._notes.put(notes).result()


def remembered(found: Mapping[str, str]) -> Remembered:
    """What notes, as JSON by name, say."""
    return Remembered(
        consent=_read(found.get("consent"), Consent) or Consent(),
        enrolment=_read(found.get("enrolment"), Enrolment),
        pause=_read(found.get("pause"), Pause),
        withdrawals=_read(found.get("withdrawals"), tuple[Withdrawal, ...]) or (),
        left=_read(found.get("left"), Enrolment),
        labels=_read(found.get("labels"), str),
        standing=_read(found.get("standing"), tuple[Standing, ...]) or (),
        withdrawn=_read(found.get("withdrawn"), int) or 0,
    )


def _read(text: str | None, kind: type[T]) -> T | None:
    try:
        return None if text is None else msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return None
