"""The JSON of the folder queue: camelCase."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from store.events import Name
from store.local.folder_queue.forms import FailedPicture, Job, Lease
from webui.local.messages import PathText

MOST_PATHS = 1000


class QueueRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Files and folders to be recognised, by their whole paths."""

    paths: Annotated[list[PathText], Meta(min_length=1, max_length=MOST_PATHS)]


class NextRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a page (`holder`) wants next. 0 only says that it is at work still; `take_over`: no other is."""

    holder: Name
    count: Annotated[int, Meta(ge=0, le=64)]
    take_over: bool = False


class QueueJobs(Struct, frozen=True, rename="camel"):
    """All jobs, the oldest first; the event `queue`."""

    jobs: list[Job]


class Leases(Struct, frozen=True, rename="camel"):
    """The pictures that a page has to recognise now."""

    pictures: list[Lease]


class FailedPictures(Struct, frozen=True, rename="camel"):
    """Pictures that could not be recognised; `next` is the `after` of the following page."""

    pictures: list[FailedPicture]
    next: int | None
