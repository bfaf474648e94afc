"""Recovery: what happened to the memory, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages import Nothing
from webui.local.recovery_desk import Busy, RecoveryDesk, Way
from webui.problems import Problem

BackupName = Annotated[str, Meta(min_length=1, max_length=128, pattern="^[\\w.-]+$")]


class Choice(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One of the three ways; `backup` names another than the newest sound one."""

    way: Way
    backup: BackupName | None = None


class _DeskHandler(LocalHandler):
    desk: RecoveryDesk

    def tell(self, status: int = 200) -> None:
        """Answers the state."""
        self.answer(self.desk.state(), status)


class RecoveryHandler(_DeskHandler):
    """`GET` and `POST /api/recovery`."""

    authentication = Authentication.COOKIE

    def get(self) -> None:
        """What the page shows."""
        self.tell()

    def post(self) -> None:
        """Begins with one of the ways."""
        choice = self.decode(self.body(), Choice)
        _or_conflict(lambda: self.desk.start(choice.way, choice.backup))
        self.tell(202)


class CancelHandler(_DeskHandler):
    """`POST /api/recovery/cancel`."""

    authentication = Authentication.COOKIE

    def post(self) -> None:
        """Asks what is being done to end."""
        self.decode(self.body(), Nothing)
        self.desk.cancel()
        self.tell(202)


class OpenHandler(_DeskHandler):
    """`POST /api/recovery/open`."""

    authentication = Authentication.COOKIE

    def post(self) -> None:
        """Opens Whimbrel as usual; this address then has nothing more to say."""
        self.decode(self.body(), Nothing)
        _or_conflict(self.desk.open)
        self.tell(202)


class NotReadyHandler(_DeskHandler):
    """Every other address of the API while the memory is not open."""

    authentication = Authentication.COOKIE

    def get(self, *_: str) -> None:
        """Says why."""
        self._say()

    def post(self, *_: str) -> None:
        """Says why."""
        self._say()

    def patch(self, *_: str) -> None:
        """Says why."""
        self._say()

    def delete(self, *_: str) -> None:
        """Says why."""
        self._say()

    def _say(self) -> None:
        raise recovering(self.desk)


class RecoveryReadyHandler(_DeskHandler):
    """`GET /readyz`."""

    authentication = Authentication.NONE

    def get(self) -> None:
        """503: the server answers, and its memory can't be read."""
        raise recovering(self.desk)


def recovering(desk: RecoveryDesk) -> Problem:
    """The 503 of a server whose memory is not open."""
    happened = desk.state().happened
    return Problem(problems.RECOVERING, happened.sentence, happened.advice, {"Retry-After": "5"})


def _or_conflict(call: Callable[[], None]) -> None:
    try:
        call()
    except Busy as error:
        raise Problem(problems.CONFLICT, error.sentence, error.advice) from error
