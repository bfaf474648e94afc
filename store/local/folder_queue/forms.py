"""What the folder queue tells, as it goes over the wire: camelCase; times are ms, sizes bytes."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from store.local.errors import StoreError

JobState = Literal["running", "paused", "cancelled", "done"]


class UnknownJob(StoreError):  # noqa: N818
    """A job of the queue, or a picture in it, that is not there (any more)."""


class WrongPaths(StoreError):  # noqa: N818
    """What was opened names nothing that could be looked into."""


class JobOver(StoreError):  # noqa: N818
    """What a job that has ended, or one that has not, cannot do."""


def unknown_job() -> UnknownJob:
    """The error for a job that is not there."""
    return UnknownJob("That is not in the queue any more.", "Open the folder again.")


class LeftOut(Struct, frozen=True, rename="camel"):
    """What a walk passed by: hidden files and folders, files that are no pictures, folders and files that may
    not be read, what was gone before it could be looked at, and folders that a link led to again."""

    hidden: int = 0
    other: int = 0
    unreadable: int = 0
    gone: int = 0
    again: int = 0


class Counts(Struct, frozen=True, rename="camel"):
    """The pictures of a job by their state; `dropped` ones were let go of by a cancel."""

    waiting: int = 0
    taken: int = 0
    done: int = 0
    failed: int = 0
    dropped: int = 0


class Job(Struct, frozen=True, rename="camel"):
    """What the user opened, and how far it is.

    While `finding`, the counts grow still. `rate` is pictures a second of the last minute, and
    `seconds_left` what is left by that; null where too little is known.
    """

    number: int
    added_at: int
    ended_at: int | None
    state: JobState
    finding: bool
    paths: list[str]
    counts: Counts
    left_out: LeftOut
    rate: float | None = None
    seconds_left: float | None = None

    @property
    def live(self) -> bool:
        """Whether it goes on, now or when it is resumed."""
        return self.state in ("running", "paused")


class Lease(Struct, frozen=True, rename="camel"):
    """A picture to be recognised now, under the id that its record must have.

    `alone`: it was taken before and nobody heard of it again, so its record is to be sent before the next.
    """

    id: str
    job: int
    file_name: str
    path: str
    source: Literal["file", "folder"]
    size: int
    alone: bool


class FailedPicture(Struct, frozen=True, rename="camel"):
    """A picture that could not be recognised, and why."""

    number: int
    file_name: str
    path: str
    reason: str
    sentence: str
