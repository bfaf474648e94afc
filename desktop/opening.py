"""Makes the program on a thread of its own, while the window shows that it opens."""

from __future__ import annotations

import contextlib
import threading
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from desktop.window import Window

if TYPE_CHECKING:
    from desktop.assemble import Whimbrel

SERVER_DIED = (
    "Whimbrel's server ended by itself. What was recorded is kept.",
    "Close this window and start Whimbrel again.",
)


class Opening:
    """One start in a window. `begin` on any thread, `end` on the one that made it."""

    def __init__(self, window: Window, assembled: AbstractContextManager[Whimbrel]) -> None:
        self._window = window
        self._assembled = assembled
        self._held = contextlib.ExitStack()
        self._thread = threading.Thread(target=self._open, name="whimbrel-opening")
        self._failure: Exception | None = None
        self.died = False

    def begin(self) -> None:
        """Start, and go on in the window when it is done."""
        self._thread.start()

    def end(self) -> None:
        """Close what was made, also while it is being made. Raises what kept it from being made."""
        if self._thread.ident is not None:
            self._thread.join()
        self._held.close()
        if self._failure is not None:
            raise self._failure

    def _open(self) -> None:
        try:
            app = self._held.enter_context(self._assembled)
        except Exception as error:
            self._failure = error
            self._window.say(*_words(error))
            return
        app.window = self._window
        app.server_died = self._server_died
        self._window.theme = app.theme
        self._window.unfinished = app.unfinished
        self._window.load(app.link())

    def _server_died(self) -> None:
        self.died = True
        self._window.say(*SERVER_DIED)


def _words(error: Exception) -> tuple[str, str]:
    """A PlainError's or a StoreError's own two sentences; anything else is a mistake of ours."""
    sentence = getattr(error, "sentence", None)
    if sentence:
        return sentence, getattr(error, "advice", "")
    return (
        f"Whimbrel could not be opened ({type(error).__name__}: {error}).",
        "Please report it; `whimbrel doctor` looks for what is wrong.",
    )
