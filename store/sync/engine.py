"""The engine: withdraws, sends and reconciles, a turn at a time, and says what it is doing.

A turn is one batch. What ends badly is tried again after a pause that grows, for ever; the pause ends early
when somebody asks or a network appears, but not because more was recorded. Nothing here asks what time it is
to decide: pauses are counted on the clock that never jumps.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from msgspec import structs

from store.clock import Clock
from store.local.errors import StoreError
from store.local.outbox_values import Accounts
from store.protocol import FORGOTTEN, EventsAnswer, ReleaseOffer
from store.sync.credentials import Kept, Secrets
from store.sync.exchange import Exchange, Line
from store.sync.forms import Contact, Outcome, Phase, SyncError, SyncState, accounts_info
from store.sync.memory import Remembered, SyncMemory
from store.sync.receiving import Receiving
from store.sync.reconcile import Reconciled, Reconciling
from store.sync.retry_after import backoff_s
from store.sync.sending import Delivered, Sending
from store.sync.standing import Withdrawing
from store.sync.telling import Telling
from store.sync.verdict import Refused, Retry, Stop, Stranger, UpdateNeeded
from store.sync.words import state_words

log = logging.getLogger("whimbrel.sync")
RECONCILE_EVERY_S = 24 * 3600.0
RECONCILE_AGAIN_S = 3600.0
UPDATE_AGAIN_S = 3600.0
NEWS_EVERY_S = 1.0
MOST_SPREAD_S = 900  # as long as the longest pause after a failure


class Releases(Protocol):
    """What follows the collector's releases (`store.sync.releases.following.Following`)."""

    def heard(self, offer: ReleaseOffer | None) -> None:
        """A batch's answer said which release is for this device."""

    def ask_soon(self) -> None:
        """Asks the collector in the next turn."""

    def turn(self, line: Line) -> float | Stop | UpdateNeeded:
        """Does the next thing; in how many seconds the one after it is due (0: at once)."""

    def sentence(self) -> str:
        """Where this device is with a release, in words; empty where there is none to speak of."""


class SecretStore(Protocol):
    """Where the token is (`store.sync.credentials.Credentials`)."""

    def load(self, kept_in: Kept) -> Secrets | None:
        """The secrets; raises SyncError where they can't be reached now."""


@dataclass(frozen=True)
class EngineParts:
    """What an engine works with."""

    memory: SyncMemory
    accounts: Callable[[], Accounts]
    sending: Sending
    reconciling: Reconciling
    withdrawing: Withdrawing
    telling: Telling
    receiving: Receiving
    exchange: Exchange
    secrets: SecretStore
    clock: Clock
    releases: Releases | None = None


class Engine:
    """Takes turns; the caller's thread does the work, one at a time. `loop.SyncLoop` gives it one of its own.

    `random` is 0..1. `costly` says whether the connection costs money, so that only what is asked for is
    sent. `news` hears the state, on the thread of the turn, when it changes.
    """

    def __init__(
        self, parts: EngineParts, *, random: Callable[[], float], costly: Callable[[], bool] = lambda: False
    ) -> None:
        self._memory = parts.memory
        self._accounts = parts.accounts
        self._sending = parts.sending
        self._reconciling = parts.reconciling
        self._withdrawing = parts.withdrawing
        self._telling = parts.telling
        self._receiving = parts.receiving
        self._exchange = parts.exchange
        self._secrets = parts.secrets
        self._releases = parts.releases
        self._clock = clock = parts.clock
        self._random = random
        self._costly = costly
        self.news: Callable[[SyncState], None] = lambda _: None
        self._turn = threading.Lock()
        self._looking = threading.Lock()
        self._run = secrets.token_hex(8)
        self._number = 0
        self._contact = Contact()
        self._phase: Phase = "idle"
        self._next_at: float | None = None
        self._reconcile_at = clock.monotonic()
        self._told_at: float | None = None
        self.spread_s = 0.0

    def once(self, *, asked: bool = False) -> Outcome:
        """Takes one turn, and says when the next is due (0: at once; None: when there is something new).

        `asked` sends over a costly connection, too. Raises nothing that a turn can meet.
        """
        with self._turn:
            try:
                outcome = self._once(self._memory.now(), asked=asked)
            except StoreError as error:
                log.warning("%s", error)
                outcome = self._failed(Retry("store"))
            self._tell(outcome)
            return outcome

    def compare_soon(self) -> None:
        """Has what was withdrawn compared with the collector, and everything else once nothing waits."""
        self._withdrawing.look_soon()
        self._reconcile_at = self._clock.monotonic()

    def forgive(self) -> None:
        """What failed before counts no more: somebody asked, or there is another network."""
        self._contact = structs.replace(self._contact, failures=0)
        if self._releases is not None:
            self._releases.ask_soon()

    def state(self) -> SyncState:
        """How sending is doing. Reads the memory."""
        with self._looking:
            self._number += 1
            return structs.replace(self._state(), run=self._run, number=self._number)

    def _state(self) -> SyncState:
        known = self._memory.now()
        phase = self._held_by(known, asked=True) or self._phase
        accounts = self._accounts()
        sentence, advice = state_words(phase, self._contact, known, accounts)
        due = None if self._next_at is None else max(0.0, self._next_at - self._clock.monotonic())
        return SyncState(
            phase=phase,
            sentence=sentence,
            advice=advice,
            accounts=accounts_info(accounts),
            consent=known.consent,
            enrolment=known.enrolment,
            contact=structs.replace(self._contact, bytes_per_s=self._exchange.bytes_per_s),
            next_try_in_s=due,
            withdrawing=tuple(one.scope for one in known.withdrawals),
            erasing=self._telling.count(),
            release="" if self._releases is None else self._releases.sentence(),
            labels=known.labels,
        )

    def _once(self, known: Remembered, *, asked: bool) -> Outcome:
        if known.withdrawals and known.enrolment is not None and not _shut_out(known):
            return self._with_line(known, self._withdraw)
        if known.enrolment is not None and not _shut_out(known) and self._telling.waits():
            return self._with_line(known, self._tell_erased)
        held = self._held_by(known, asked=asked)
        look_in = self._withdrawing.look_in(known, held)
        if look_in == 0:
            return self._with_line(known, functools.partial(self._look, asked=asked))
        return self._with_line(known, self._send) if held is None else Outcome(held, 0, look_in)

    def _held_by(self, known: Remembered, *, asked: bool) -> Phase | None:
        """Why nothing may leave now."""
        if not known.consent.counts:
            return "no_consent"
        if known.enrolment is None:
            return "not_enrolled"
        if known.pause is not None:
            return "paused"
        return "metered" if not asked and self._costly() else None

    def _with_line(self, known: Remembered, work: Callable[[Line, Remembered], Outcome]) -> Outcome:
        enrolment = known.enrolment
        if enrolment is None:
            return Outcome("not_enrolled")
        try:
            secrets = self._secrets.load(enrolment.kept_in)
        except SyncError as error:
            log.warning("%s", error)
            secrets = None
        if secrets is None:
            return self._failed(Retry("no-secret"))
        return work(Line(enrolment, secrets.token), known)

    def _withdraw(self, line: Line, known: Remembered) -> Outcome:
        told = self._withdrawing.tell(line, known)
        return self._succeeded(told) if isinstance(told, int) else self._failed(told, line)

    def _look(self, line: Line, known: Remembered, *, asked: bool) -> Outcome:
        if refused := self._withdrawing.look(line, known):
            return self._failed(refused, line)
        return self._once(self._memory.now(), asked=asked)

    def _tell_erased(self, line: Line, _: Remembered) -> Outcome:
        told = self._telling.turn(line)
        return self._succeeded(told) if isinstance(told, int) else self._failed(told, line)

    def _send(self, line: Line, known: Remembered) -> Outcome:
        self._phase = "sending"
        done = self._sending.turn(line, known)
        if isinstance(done, Delivered):
            if done.told is not None:
                self._heard(done.told, known)
            return self._succeeded(done.decided)
        if done is not None:
            return self._failed(done, line)
        if refused := self._receiving.turn(line, known.labels):
            log.info("the team's labels did not come (%s); they are asked for again later", refused)
        return self._compare(line)

    def _heard(self, told: EventsAnswer, known: Remembered) -> None:
        """What an answer says beside what became of its batch."""
        self._receiving.told(told.labels, known.labels)
        self._withdrawing.hear(told.withdrawn, known)
        self.spread_s = float(min(told.spread_s or 0, MOST_SPREAD_S))
        if self._releases is not None:
            self._releases.heard(told.release)

    def _compare(self, line: Line) -> Outcome:
        """All is sent: looks whether the collector still has it, where that is due."""
        due_in = self._reconcile_at - self._clock.monotonic()
        if due_in > 0:
            return self._follow(line, due_in)
        done = self._reconciling.turn(line)
        if isinstance(done, Reconciled):
            self._reconcile_at = self._clock.monotonic() + RECONCILE_EVERY_S
            log.info("compared %d records with the collector; %d go again", done.compared, done.missing)
            self._receiving.look()
            return self._succeeded(0)
        if isinstance(done, Stop | UpdateNeeded):
            return self._failed(done, line)
        self._reconcile_at = self._clock.monotonic() + RECONCILE_AGAIN_S
        log.info("the comparison with the collector did not come to an end; it is tried again")
        return self._rests("idle", RECONCILE_AGAIN_S)

    def _follow(self, line: Line, due_in: float) -> Outcome:
        """All is sent and compared: there is time for releases."""
        next_in = due_in if self._releases is None else self._releases.turn(line)
        if isinstance(next_in, Stop | UpdateNeeded):
            return self._failed(next_in, line)
        return Outcome("idle", 0, 0.0) if next_in == 0 else self._rests("idle", min(due_in, next_in))

    def _succeeded(self, decided: int) -> Outcome:
        self._contact = structs.replace(self._contact, last_ms=self._clock.now_ms(), code="", failures=0)
        self._next_at = None
        return Outcome(self._phase, decided, 0.0)

    def _failed(self, why: Refused, line: Line | None = None) -> Outcome:
        if isinstance(why, Stop) and line is not None:
            self._memory.shut_out(line.enrolment, why.code)
            return self._rests("paused", None)
        if isinstance(why, UpdateNeeded):
            self._contact = structs.replace(self._contact, code="update-needed")
            return self._rests("update_needed", UPDATE_AGAIN_S)
        failures = self._contact.failures + 1
        code = why.code if isinstance(why, Retry | Stranger) else "refused"
        if code == FORGOTTEN and line is not None:
            self._withdrawing.tell_again(line.enrolment.collector_id)
        self._contact = structs.replace(self._contact, code=code, failures=failures)
        asked_s = why.after_s if isinstance(why, Retry) else None
        return self._rests("waiting", (asked_s or 0.0) + backoff_s(failures, self._random))

    def _rests(self, phase: Phase, wait_s: float | None) -> Outcome:
        self._phase = phase
        self._next_at = None if wait_s is None else self._clock.monotonic() + wait_s
        return Outcome(phase, 0, wait_s)

    def _tell(self, outcome: Outcome) -> None:
        """At most once a second while batches go through."""
        now = self._clock.monotonic()
        rests = outcome.wait_s != 0
        if rests or self._told_at is None or now - self._told_at >= NEWS_EVERY_S:
            self._told_at = now
            self.news(self.state())


def _shut_out(known: Remembered) -> bool:
    return known.pause is not None and known.pause.by == "collector"
