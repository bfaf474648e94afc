"""What the handlers of the folder queue need from the store, as a Protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from store.local.folder_queue.forms import FailedPicture, Job, Lease


class FolderQueue(Protocol):
    """Pictures by their paths, handed out until each has its record. Every method waits for the database, and
    raises UnknownJob for a job that is not there and JobOver for what its state does not allow."""

    @property
    def live(self) -> bool:
        """Whether any job goes on."""

    def listen(self, changed: Callable[[], None]) -> None:
        """Calls back, on any thread, after `jobs` would tell something else."""

    def add(self, paths: Sequence[str]) -> Job:
        """Puts files and folders in line. Raises WrongPaths."""

    def jobs(self) -> list[Job]:
        """All jobs, the oldest first."""

    def pause(self, number: int) -> Job:
        """Hands nothing more of a job out."""

    def resume(self, number: int) -> Job:
        """Goes on with it."""

    def cancel(self, number: int) -> Job:
        """Lets go of what it has not done."""

    def forget(self, number: int) -> None:
        """Takes an ended one off the list."""

    def try_again(self, number: int) -> Job:
        """Has its failed pictures wait again."""

    def failed(self, number: int, after: int, limit: int) -> list[FailedPicture]:
        """Its failed pictures, those after one number."""

    def next(self, holder: str, count: int, *, take_over: bool = False) -> list[Lease]:
        """At most so many pictures for a page; with `take_over` no other page is at it."""

    def picture(self, record_id: bytes) -> Path:
        """The file of a picture by the id that its record has, or will have."""
