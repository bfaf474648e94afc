"""The desktop around the page: whether there is a window, and the system's dialogs."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from webui import problems
from webui.base_handler import Authentication
from webui.local.dialogs import CannotAsk, Desktop
from webui.local.local_handler import LocalHandler
from webui.local.messages import Nothing
from webui.problems import Problem

T = TypeVar("T")


class DesktopInfo(msgspec.Struct, frozen=True):
    """What there is beside a browser, and what is to be told once."""

    window: bool
    notice: str | None


class PickedPictures(msgspec.Struct, frozen=True):
    """Absolute paths; none where the dialog was left."""

    paths: list[str]


class PickedPath(msgspec.Struct, frozen=True):
    """An absolute path, null where the dialog was left."""

    path: str | None


class SaveAsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `POST /api/desktop/save-as` takes: the name of a file, without a folder."""

    suggested: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^/\\\x00]*$")]


class DesktopHandler(LocalHandler):
    """`GET /api/desktop`."""

    authentication = Authentication.COOKIE
    desktop: Desktop

    def get(self) -> None:
        """Whether there is a window."""
        self.answer(DesktopInfo(self.desktop.window, self.desktop.take_notice()))


class _DialogHandler(LocalHandler):
    timed = False  # people take their time
    desktop: Desktop

    async def asked(self, question: Awaitable[T]) -> T:
        """What the user chose. Raises the 409 where no dialog can be shown."""
        try:
            return await question
        except CannotAsk as error:
            raise Problem(problems.CONFLICT, error.sentence, error.advice) from error


class PickPicturesHandler(_DialogHandler):
    """`POST /api/desktop/pick-pictures`."""

    authentication = Authentication.COOKIE

    async def post(self) -> None:
        """Asks for pictures."""
        self.decode(self.body(), Nothing)
        self.answer(PickedPictures(await self.asked(self.desktop.pick_pictures())))


class PickFolderHandler(_DialogHandler):
    """`POST /api/desktop/pick-folder`."""

    authentication = Authentication.COOKIE

    async def post(self) -> None:
        """Asks for a folder."""
        self.decode(self.body(), Nothing)
        self.answer(PickedPath(await self.asked(self.desktop.pick_folder())))


class SaveAsHandler(_DialogHandler):
    """`POST /api/desktop/save-as`."""

    authentication = Authentication.COOKIE

    async def post(self) -> None:
        """Asks where to write a file."""
        request = self.decode(self.body(), SaveAsRequest)
        self.answer(PickedPath(await self.asked(self.desktop.save_as(request.suggested))))
