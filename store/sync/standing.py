"""What the user took back: told to the collector first of all, and again where it has forgotten that.

A collector that is put back from a backup knows nothing of what was withdrawn since. So the device looks when
it starts and once a day, also where nothing else may leave, and each batch says what was withdrawn: such a
collector refuses it before it keeps anything, and hears that again first.
"""

from __future__ import annotations

import logging

from store.clock import Clock
from store.protocol import ME, SCHEMA, WITHDRAW, Me, WithdrawAnswer, WithdrawRequest
from store.sync.exchange import Exchange, Line
from store.sync.forms import Phase, Withdrawal
from store.sync.memory import Remembered, SyncMemory
from store.sync.verdict import Refused

log = logging.getLogger("whimbrel.sync")
LOOK_EVERY_S = 24 * 3600.0


class Withdrawing:
    """One request at a time. What is told twice changes nothing at the collector."""

    def __init__(self, memory: SyncMemory, exchange: Exchange, clock: Clock) -> None:
        self._memory = memory
        self._exchange = exchange
        self._clock = clock
        self._look_at = clock.monotonic()

    def tell(self, line: Line, known: Remembered) -> int | Refused:
        """Tells of the first that waits; from how many records something was erased. Raises StoreError."""
        first = known.withdrawals[0]
        request = request_of(line.enrolment.device_id, first)
        told = self._exchange.ask(line, WITHDRAW, request, WithdrawAnswer)
        if not isinstance(told, WithdrawAnswer):
            return told
        self._memory.heard(first, told.collector_id)
        log.info("withdrawn at the collector: %s, %d records", first.scope, told.erased)
        return told.erased

    def look_in(self, known: Remembered, held: Phase | None) -> float | None:
        """In how many seconds to look again, where nothing else leaves because of `held`. None: not at all;
        without consent it is looked only where something was withdrawn."""
        home = known.enrolment
        withdrew = home is not None and known.pause is None and bool(known.standing_at(home.collector_id))
        if held is not None and not (held == "no_consent" and withdrew):
            return None
        return max(0.0, self._look_at - self._clock.monotonic())

    def look_soon(self) -> None:
        """Looks before anything else is sent."""
        self._look_at = self._clock.monotonic()

    def look(self, line: Line, known: Remembered) -> Refused | None:
        """Asks what the collector knows, and has it told again what it forgot. Raises StoreError."""
        told = self._exchange.look(line, ME, Me)
        if not isinstance(told, Me):
            return told
        self._look_at = self._clock.monotonic() + LOOK_EVERY_S
        self.hear(told.withdrawn, known)
        if told.withdrawn is not None and told.withdrawn < known.withdrawn_at(told.collector_id):
            self.tell_again(told.collector_id)
        return None

    def hear(self, withdrawn: int | None, known: Remembered) -> None:
        """An answer told the greatest number that the collector knows to be withdrawn."""
        if withdrawn is not None and withdrawn > known.withdrawn:
            self._memory.learn(withdrawn)

    def tell_again(self, collector_id: str) -> None:
        """The collector has forgotten what was withdrawn."""
        log.warning("the collector was put back; it is told again what was withdrawn")
        self._memory.tell_again(collector_id)


def request_of(device_id: str, one: Withdrawal) -> WithdrawRequest:
    """A withdrawal as it is told."""
    return WithdrawRequest(SCHEMA, device_id, one.scope, one.consent, one.since, one.again)
