"""Ways in: the one-use link, a second start of the program, readiness, and the API's own description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webui.base_handler import Authentication, BaseHandler
from webui.local.local_handler import LocalHandler
from webui.local.messages import Handover, Nothing, Ready
from webui.local.page import enter_page, plain_page
from webui.local.services import SettingStore
from webui.local.session_keys import SessionKeys, enter_path
from webui.problems import Problem

COOKIE_DAYS = 400  # the longest that browsers keep one


class EnterHandler(BaseHandler):
    """`GET /enter?key=…`: sets the cookie and goes on to the page."""

    authentication = Authentication.LINK
    keys: SessionKeys

    def get(self) -> None:
        """A page, not a redirect: a Strict cookie would be lost on one."""
        self.set_cookie(
            self.keys.cookie_name,
            self.keys.make_cookie(),
            max_age=COOKIE_DAYS * 86_400,
            path="/",
            httponly=True,
            samesite="Strict",
        )
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(enter_page())

    def answer_problem(self, problem: Problem) -> None:
        """For people, not for programs."""
        plain_page(self, problem)


class EnterFileHandler(BaseHandler):
    """`GET /enter.js` and `/enter.css`: the policy allows nothing inline."""

    authentication = Authentication.NONE
    content: str
    media_type: str

    def get(self) -> None:
        """The text."""
        self.set_header("Content-Type", self.media_type)
        self.finish(self.content)


class HandoverHandler(LocalHandler):
    """`POST /api/handover`: a second start of Whimbrel asks the running one to come to the front."""

    authentication = Authentication.COOKIE
    keys: SessionKeys
    raise_window: Callable[[], bool]

    async def post(self) -> None:
        """A fresh link, and whether there was a window to bring to the front."""
        self.decode(self.body(), Nothing)
        window = await self.call(self.raise_window)
        link = f"http://127.0.0.1:{self.port}{enter_path(self.keys.issue_link())}"
        self.answer(Handover(link, window))


class ReadyHandler(LocalHandler):
    """`GET /readyz`."""

    authentication = Authentication.NONE
    setting_store: SettingStore

    async def get(self) -> None:
        """200 once the memory can be read."""
        await self.call(self.setting_store.all)
        self.answer(Ready(ready=True))


class OpenApiHandler(LocalHandler):
    """`GET /api/openapi.json`."""

    authentication = Authentication.COOKIE
    describe: Callable[[], dict[str, Any]]

    async def get(self) -> None:
        """The document of every route."""
        self.answer(await self.call(self.describe))
