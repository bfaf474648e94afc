"""The folder queue: what the user opened by its path, handed to the page a few pictures at a time."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Annotated, BinaryIO

from msgspec import Meta
from tornado.iostream import StreamClosedError

from store.ids import parse_id
from store.local.folder_queue.forms import Job, unknown_job
from webui import problems
from webui.base_handler import Authentication
from webui.image_types import image_type
from webui.local.local_handler import LocalHandler, problem_of
from webui.local.messages import Limit, Nothing
from webui.local.messages_queue import (
    MOST_PATHS,
    FailedPictures,
    Leases,
    NextRequest,
    QueueJobs,
    QueueRequest,
)
from webui.local.query_parameters import read_query
from webui.local.services_queue import FolderQueue
from webui.problems import Problem
from webui.rate_limits import Rate, WriteLimits
from webui.routes import Parameter

DEFAULT_LIMIT = 200
PIECE = 256 * 1024
_PATH_BYTES = 4096
_DIGITS = 15  # fits into 2**53
FAILED = (
    Parameter("limit", Limit, "How many at most; 200 if not said."),
    Parameter("after", Annotated[int, Meta(ge=0, le=2**53)], "The `next` of the page before."),
)


def number_of(text: str) -> int:
    """A job's number as it stands in an address. Raises Problem."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise problem_of(unknown_job())
    return int(text)


class QueueHandler(LocalHandler):
    """`GET` and `POST /api/queue`."""

    authentication = Authentication.COOKIE
    body_limit = MOST_PATHS * _PATH_BYTES
    queue: FolderQueue

    async def get(self) -> None:
        """All jobs."""
        self.answer(QueueJobs(await self.call(self.queue.jobs)))

    async def post(self) -> None:
        """Puts files and folders in line."""
        asked = self.decode(self.body(), QueueRequest)
        self.answer(await self.call(self.queue.add, asked.paths), 202)


class JobHandler(LocalHandler):
    """`POST /api/queue/{number}/pause` and its like: `act` is what the queue does."""

    authentication = Authentication.COOKIE
    act: Callable[[int], Job | None]

    async def post(self, number: str) -> None:
        """Does it, and answers how the job is then."""
        self.decode(self.body(), Nothing)
        self.answer(await self.call(self.act, number_of(number)) or Nothing())


class FailedHandler(LocalHandler):
    """`GET /api/queue/{number}/failed`."""

    authentication = Authentication.COOKIE
    queue: FolderQueue

    async def get(self, number: str) -> None:
        """A page of those that could not be recognised."""
        given = read_query(FAILED, self.request.query_arguments)
        limit = given.get("limit", DEFAULT_LIMIT)
        found = await self.call(self.queue.failed, number_of(number), given.get("after", 0), limit)
        self.answer(FailedPictures(found, found[-1].number if len(found) == limit else None))


class NextHandler(LocalHandler):
    """`POST /api/queue/next`: not a GET, since what it hands out is taken by it."""

    authentication = Authentication.COOKIE
    write_limits = WriteLimits(page=Rate(200, 400), program=Rate(50, 100))
    logged_as = logging.DEBUG
    queue: FolderQueue

    async def post(self) -> None:
        """The next few pictures."""
        asked = self.decode(self.body(), NextRequest)
        self.answer(
            Leases(await self.call(self.queue.next, asked.holder, asked.count, take_over=asked.take_over))
        )


class QueuedPictureHandler(LocalHandler):
    """`GET /api/queue/picture/{id}`: the bytes of a file that is in the queue, and of no other."""

    authentication = Authentication.COOKIE
    logged_as = logging.DEBUG
    queue: FolderQueue

    async def get(self, record_id: str) -> None:
        """The file as it is now, in pieces. One that grows shorter meanwhile ends in a broken connection."""
        file, size = await self.call(self._open, record_id)
        try:
            await self._send(file, size)
        except StreamClosedError:
            return
        finally:
            file.close()  # here, since the threads may have ended with the server

    def _open(self, record_id: str) -> tuple[BinaryIO, int]:
        try:
            path = self.queue.picture(parse_id(record_id))
            file = path.open("rb", buffering=0)
        except ValueError:
            raise unknown_job() from None
        except OSError as error:
            raise _gone(error) from error
        return file, os.fstat(file.fileno()).st_size

    async def _send(self, file: BinaryIO, size: int) -> None:
        piece = await self._read(file, size)
        self.set_header("Content-Type", image_type(piece) or "application/octet-stream")
        self.set_header("Content-Length", str(size))
        left = size
        while piece:
            self.write(piece)
            await self.flush()
            left -= len(piece)
            piece = await self._read(file, left)
        if left:
            self.detach().close()
        else:
            await self.finish()

    async def _read(self, file: BinaryIO, most: int) -> bytes:
        try:
            return await self.call(file.read, min(PIECE, most))
        except OSError as error:
            raise _gone(error) from error


def _gone(error: OSError) -> Problem:
    if isinstance(error, FileNotFoundError):
        return Problem(
            problems.GONE,
            "This file is not there any more.",
            "Look whether it was moved or renamed, then open it again.",
        )
    return Problem(
        problems.GONE,
        "This file could not be read.",
        "Look whether the card or drive is connected, and whether you may open the file.",
    )
