"""The engine's own thread: takes turns while there is something to do, and sleeps well in between."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from store.sync.engine import Engine
from store.sync.forms import Outcome

log = logging.getLogger("whimbrel.sync")
LINGER_S = 2.0  # after a record, so that what follows it goes in the same batch
LOOK_EVERY_S = 5.0  # whether there is another network, while waiting for one
SPREAD_S = 5.0  # a team's devices find the same network at the same moment
AFTER_A_MISTAKE_S = 60.0
END_S = 5.0
Wait = Callable[[threading.Event, float | None], bool]


def wait_for(event: threading.Event, timeout: float | None) -> bool:
    """Waits until the event is set, or so many seconds; tests bring another."""
    return event.wait(timeout)


def return_after_s(spread_s: float, random: Callable[[], float]) -> float:
    """When to send after a network appeared: the collector says over how long all of its devices spread."""
    return random() * max(SPREAD_S, spread_s)


class SyncLoop:
    """Runs an engine. `poke` and `grew` come from any thread.

    `network` gives something that differs when the machine's networks do. `random` is 0..1.
    """

    def __init__(
        self,
        engine: Engine,
        network: Callable[[], object],
        random: Callable[[], float],
        *,
        wait: Wait = wait_for,
    ) -> None:
        self._engine = engine
        self._network = network
        self._random = random
        self._wait = wait
        self._event = threading.Event()
        self._asked = False
        self._grown = False
        self._resting = False
        self._over = False
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begins; to be called once."""
        self._thread.start()

    def close(self) -> None:
        """Ends after the turn that is under way; a turn that hangs in the network is left behind."""
        self._over = True
        self._event.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def poke(self, *, asked: bool = False) -> None:
        """Takes a turn now, whatever failed before; `asked` also over a costly connection."""
        self._engine.forgive()
        self._asked = self._asked or asked
        self._event.set()

    def grew(self) -> None:
        """There is more to send: ends a rest, but no waiting after a failure."""
        self._grown = True
        if self._resting:
            self._event.set()

    def _run(self) -> None:
        while not self._over:
            self._grown = False
            self._pause(self._safe_turn())

    def _safe_turn(self) -> Outcome:
        try:
            return self._engine.once(asked=self._asked)
        except Exception:  # the thread must not end: then nothing would ever be sent again
            log.exception("a turn of sending failed")
            return Outcome("waiting", 0, AFTER_A_MISTAKE_S)

    def _pause(self, outcome: Outcome) -> None:
        if outcome.wait_s == 0:
            return
        if not self._event.is_set():
            self._asked = False
        if outcome.phase == "waiting":
            self._sit_out(outcome.wait_s or 0.0)
        else:
            self._rest(outcome.wait_s)

    def _rest(self, seconds: float | None) -> None:
        """Until there is more to send, somebody asks, or so many seconds passed."""
        self._resting = True
        if not self._grown:
            self._wait(self._event, seconds)
        self._resting = False
        if self._grown and not self._over and not self._asked:
            self._event.clear()
            self._wait(self._event, LINGER_S)
        self._event.clear()

    def _sit_out(self, seconds: float) -> None:
        """So many seconds, or until somebody asks or there is another network."""
        before = self._networks()
        while seconds > 0 and not self._wait(self._event, min(seconds, LOOK_EVERY_S)):
            seconds -= LOOK_EVERY_S
            if self._networks() != before:
                self._engine.forgive()
                self._wait(self._event, return_after_s(self._engine.spread_s, self._random))
                break
        self._event.clear()

    def _networks(self) -> object:
        with contextlib.suppress(OSError):
            return self._network()
        return None
