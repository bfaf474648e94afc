"""Where the user of a damaged memory chooses: what the recovery page shows, and one work at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from store.local.errors import GivenUp, StoreError

log = logging.getLogger("whimbrel.recovery")
Way = Literal["restore", "salvage", "fresh"]
Phase = Literal["choose", "working", "done"]


class _Out(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what the page reads."""


class Words(_Out, frozen=True):
    """What happened, and what to do."""

    sentence: str
    advice: str


class BackupOffer(_Out, frozen=True):
    """The newest sound backup; `missing` says in a sentence what was recorded after it."""

    name: str
    made_at: int
    records: int
    missing: str


class RecoveryState(_Out, frozen=True):
    """All that the page shows. `looking` is true while the backups are still being read through.

    `progress` is 0..1 or null; `outcome` says in the phase `done` what came of it.
    """

    phase: Phase
    happened: Words
    looking: bool = True
    backup: BackupOffer | None = None
    way: Way | None = None
    progress: float | None = None
    failure: Words | None = None
    outcome: str = ""


class Ways(Protocol):
    """What can be done. Raises StoreError with a sentence, GivenUp where it was cancelled."""

    def happened(self) -> Words:
        """Why there is a choice to make."""

    def offer(self, cancelled: Callable[[], bool]) -> BackupOffer | None:
        """The newest sound backup, read through."""

    def carry_out(
        self,
        way: Way,
        backup: str | None,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> str:
        """Does it and puts the result in place; returns what came of it in a sentence."""

    def open(self) -> None:
        """Opens Whimbrel as usual, on another thread, in the place of the recovery."""


class Busy(StoreError):  # noqa: N818 - reads as what is the matter
    """Something else is being done."""


class RecoveryDesk:
    """One choice at a time, done on a thread; thread-safe."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._state = RecoveryState("choose", ways.happened())

    def state(self) -> RecoveryState:
        """What the page shows now."""
        with self._lock:
            return self._state

    def look(self) -> None:
        """Reads the backups through, in the background, for the offer."""
        self._on_thread(self._look)

    def start(self, way: Way, backup: str | None = None, *, then_open: bool = False) -> None:
        """Begins with a way; `then_open` goes on by itself, whatever comes of it. Raises Busy."""
        with self._lock:
            if self._state.phase == "working":
                raise Busy("Whimbrel is at it already.", "Wait until it is done, or cancel it.")
            self._cancel.clear()
            self._state = msgspec.structs.replace(
                self._state, phase="working", way=way, progress=None, failure=None, outcome=""
            )
        self._on_thread(lambda: self._work(way, backup, then_open=then_open))

    def cancel(self) -> None:
        """Asks what is being done to end."""
        self._cancel.set()

    def open(self) -> None:
        """Opens Whimbrel as usual. Raises Busy where nothing was decided yet."""
        if self.state().phase != "done":
            raise Busy("Nothing was chosen yet.", "Choose one of the three ways first.")
        self._ways.open()

    def close(self) -> None:
        """Ends what is being done and waits for it; nothing half done stays."""
        self._closing.set()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _on_thread(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="whimbrel-recovery", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _change(self, **changes: object) -> None:
        with self._lock:
            self._state = msgspec.structs.replace(self._state, **changes)

    def _cancelled(self) -> bool:
        return self._cancel.is_set() or self._closing.is_set()

    def _look(self) -> None:
        try:
            self._change(backup=self._ways.offer(self._closing.is_set))
        except Exception:
            log.exception("the backups could not be looked at")
        finally:
            self._change(looking=False)

    def _work(self, way: Way, backup: str | None, *, then_open: bool) -> None:
        try:
            outcome = self._ways.carry_out(
                way, backup, lambda done: self._change(progress=done), self._cancelled
            )
            log.info("%s: %s", way, outcome)
            self._change(phase="done", outcome=outcome, progress=1.0)
        except GivenUp:
            self._change(phase="choose", way=None)
        except StoreError as error:
            self._change(phase="choose", failure=Words(error.sentence, error.advice))
        except Exception as error:
            log.exception("the recovery failed")
            advice = "Choose another way, or look into the log; the damaged file is kept."
            self._change(phase="choose", failure=Words(f"That did not work ({error}).", advice))
        if then_open and not self._closing.is_set():
            self._ways.open()
