"""The system's dialogs before Whimbrel's window, for the handlers: they wait on a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Literal, Protocol

from platformdirs import user_pictures_path

from webui.local.dialogs import CannotAsk, no_window

Kind = Literal["pictures", "folder", "save"]


class Asks(Protocol):
    """The window: shows a dialog and waits."""

    def ask(self, kind: Kind, folder: str, suggested: str) -> list[str]:
        """The paths that the user chose; empty where the dialog was left, or the window is closed."""

    def take_notice(self) -> str | None:
        """What is to be told in the page, once."""


class WindowDialogs:
    """`Desktop` of the handlers. One dialog at a time; it begins in the folder that was chosen from last."""

    def __init__(self, window_of: Callable[[], Asks | None]) -> None:
        """`window_of` is asked each time: there may be a window later, or none any more."""
        self._window_of = window_of
        self._asking = threading.Lock()
        pictures = user_pictures_path()
        self._folder = pictures if pictures.is_dir() else Path.home()

    @property
    def window(self) -> bool:
        """Whether there is a window now."""
        return self._window_of() is not None

    def take_notice(self) -> str | None:
        """What happened to the window, once."""
        window = self._window_of()
        return None if window is None else window.take_notice()

    async def pick_pictures(self) -> list[str]:
        """Picture files; empty where the dialog was left."""
        chosen = await self._ask("pictures")
        if chosen:
            self._folder = Path(chosen[0]).parent
        return chosen

    async def pick_folder(self) -> str | None:
        """A folder, None where the dialog was left."""
        chosen = await self._ask("folder")
        if chosen:
            self._folder = Path(chosen[0])
        return chosen[0] if chosen else None

    async def save_as(self, suggested: str) -> str | None:
        """A file to write, None where the dialog was left."""
        chosen = await self._ask("save", suggested)
        return chosen[0] if chosen else None

    async def _ask(self, kind: Kind, suggested: str = "") -> list[str]:
        window = self._window_of()
        if window is None:
            raise no_window()
        if not self._asking.acquire(blocking=False):
            raise CannotAsk("A dialog of Whimbrel's is open already.", "Answer that one first.")
        return await asyncio.wrap_future(self._beside(lambda: window.ask(kind, str(self._folder), suggested)))

    def _beside(self, ask: Callable[[], list[str]]) -> Future[list[str]]:
        """On a thread that does not keep the program: nobody answers a dialog of a window that was killed."""
        chosen: Future[list[str]] = Future()

        def wait() -> None:
            try:
                answer = ask()
            except Exception as error:
                self._asking.release()
                chosen.set_exception(error)
            else:
                self._asking.release()
                chosen.set_result(answer)

        threading.Thread(target=wait, name="whimbrel-dialog", daemon=True).start()
        return chosen
