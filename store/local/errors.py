"""What can be wrong with the memory. Each error has a sentence (what happened) and an advice (what to do)."""

from __future__ import annotations


class StoreError(Exception):
    """The memory cannot be opened, read or written; `sentence` and `advice` are for people."""

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(f"{sentence} {advice}".strip())
        self.sentence = sentence
        self.advice = advice


class StoreFull(StoreError):  # noqa: N818 - reads as the state that it is
    """The disk has no room left. Nothing of what was handed in was written."""


class StoreBusy(StoreError):  # noqa: N818
    """More is waiting to be written than the queue holds, or another program keeps the file locked."""


class StoreClosed(StoreError):  # noqa: N818
    """The memory was closed, or is being closed."""


class DamagedStore(StoreError):  # noqa: N818
    """The file is not a sound database."""


class NewerStore(StoreError):  # noqa: N818
    """The file was written by a newer Whimbrel."""


class UnknownCursor(StoreError):  # noqa: N818
    """A page of a list was asked for after a place that is none."""


class SettingError(StoreError):
    """A setting that does not exist, or a value that it cannot have."""


class GivenUp(StoreError):  # noqa: N818
    """Long work that was cancelled; it left nothing behind."""


def given_up() -> GivenUp:
    """The error for long work that somebody cancelled."""
    return GivenUp("That was cancelled; nothing was changed.", "Start it again when you like.")


def closed() -> StoreClosed:
    """The error for work that comes after the end."""
    return StoreClosed("Whimbrel is closing its memory.", "Start Whimbrel again and repeat this.")


def busy() -> StoreBusy:
    """The error for work that the queue has no room for."""
    return StoreBusy("Whimbrel is still writing what came before.", "Send this again in a moment.")


def full() -> StoreFull:
    """The error for a disk without room."""
    return StoreFull(
        "The disk is full, so Whimbrel cannot remember more.",
        "Free some space; what is waiting is kept in the page and is sent again by itself.",
    )
