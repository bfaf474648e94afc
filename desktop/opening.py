"""Makes the program on a thread of its own, while the window shows that it opens."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from desktop.window import Window

if TYPE_CHECKING:
    from desktop.assemble import Whimbrel

log = logging.getLogger("whimbrel")

SERVER_DIED = (
    "Whimbrel's server ended by itself. What was recorded is kept.",
    "Close this window and start Whimbrel again.",
)


class Opening:
    """One start in a window. `begin` on any thread, `end` on the one that made it."""

    def __init__(
        self, window: Window, assembled: AbstractContextManager[Whimbrel], pictures: Sequence[str]
    ) -> None:
        """`pictures` are paths to be recognised at once."""
        self._window = window
        self._pictures = pictures
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
        self._window.theme = lambda: app.theme()  # noqa: PLW0108 - a recovery puts others in their place
        self._window.unfinished = lambda: app.unfinished()  # noqa: PLW0108
        self._window.add_pictures = lambda paths: open_pictures(app.add_pictures, paths)
        self._window.told = open_pictures(app.add_pictures, self._pictures)
        self._window.load(app.link())

    def _server_died(self) -> None:
        self.died = True
        self._window.say(*SERVER_DIED)


def open_pictures(add: Callable[[Sequence[str]], object], paths: Sequence[str]) -> str | None:
    """Put pictures and folders in line; what keeps them from it, None where nothing does."""
    try:
        if paths:
            add(paths)
    except Exception as error:
        log.warning("pictures could not be opened: %s", error)
        return " ".join(_words(error)).strip()
    return None


def _words(error: Exception) -> tuple[str, str]:
    """A PlainError's or a StoreError's own two sentences; anything else is a mistake of ours."""
    sentence = getattr(error, "sentence", None)
    if sentence:
        return sentence, getattr(error, "advice", "")
    return (
        f"Whimbrel could not be opened ({type(error).__name__}: {error}).",
        "Please report it; `whimbrel doctor` looks for what is wrong.",
    )
