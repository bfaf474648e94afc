"""The thread on which a release is tried: a look every some seconds, at little more than a note."""

from __future__ import annotations

import logging
import threading

from store.local.errors import StoreError
from store.models.errors import ModelError
from store.sync.releases.trial import Trial

log = logging.getLogger("whimbrel.releases")
TICK_S = 10.0


class TrialThread:
    """Takes a trial's steps until it is closed."""

    def __init__(self, trial: Trial, tick_s: float = TICK_S) -> None:
        self._trial = trial
        self._tick_s = tick_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="whimbrel-releases", daemon=True)

    def start(self) -> None:
        """Begins; to be called once."""
        self._thread.start()

    def close(self) -> None:
        """Ends after the step that is under way."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._tick_s):
            try:
                self._trial.step()
            except (StoreError, ModelError) as error:
                log.warning("the release is looked at later: %s", error)
            except Exception:  # the thread must not end: then no release would ever go back
                log.exception("the release could not be looked at")
