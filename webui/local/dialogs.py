"""What the handlers ask of the desktop around the page: there may be a window, or only a browser."""

from __future__ import annotations

from typing import Protocol


class CannotAsk(Exception):  # noqa: N818 - reads as what is the matter
    """No dialog can be shown now; with a sentence and an advice for people."""

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(f"{sentence} {advice}")
        self.sentence = sentence
        self.advice = advice


def no_window() -> CannotAsk:
    """What is said where the page is in a browser."""
    return CannotAsk(
        "Whimbrel has no window of its own here, so it can't show the system's dialogs.",
        "Choose in the page, or open Whimbrel with `whimbrel run`.",
    )


class Desktop(Protocol):
    """The system's dialogs, shown before Whimbrel's window. Each waits for the user, beside the event loop.

    Paths are absolute. Raises CannotAsk where there is no window, or a dialog is open already.
    """

    @property
    def window(self) -> bool:
        """Whether Whimbrel has a window of its own."""

    def take_notice(self) -> str | None:
        """What happened to the window since the page was there, in a sentence; it is given once."""

    async def pick_pictures(self) -> list[str]:
        """The picture files that the user chose; empty where the dialog was left."""

    async def pick_folder(self) -> str | None:
        """The folder that the user chose, None where the dialog was left."""

    async def save_as(self, suggested: str) -> str | None:
        """The file to write, None where the dialog was left. The user has agreed to replace what is there."""
