"""The team's pages: who sends, what came in, what was refused, and who may do what."""

from __future__ import annotations

from functools import partial

from store.collector.accounts import ADMIN, LASTS_DAYS
from store.collector.errors import CollectorError
from store.collector.looking import Looking
from webui import problems
from webui.base_handler import Authentication
from webui.collector.log_words import doer, done
from webui.collector.refusals import problem_of
from webui.collector.team_handler import COOKIE, PAGES, TeamHandler, hex_id
from webui.problems import Problem

_LONGEST = 200
_MOST_DAYS = 9999
_DAY_MS = 86_400_000


class _DevicesPage(TeamHandler):
    """The first page, for those that show it."""

    async def show(self, code: str | None = None) -> None:
        """Devices, and a code that was just made; with `silent` in the address only those that are enrolled
        and were not heard of for so many days."""
        silent = _days(self.get_query_argument("silent", ""))
        devices = await self.call(self.collector.devices.all)
        if silent is not None:
            since = self.collector.clock.now_ms() - silent * _DAY_MS
            devices = [
                each for each in devices if each.revoked_at is None and (each.last_seen_at or 0) < since
            ]
        now = self.collector.clock.now_ms()
        self.page("devices.html", devices=devices, silent=silent, code=code, now=now, DAY_MS=_DAY_MS)


class DevicesHandler(_DevicesPage):
    """The first page."""

    authentication = Authentication.ACCOUNT

    async def get(self) -> None:
        """Who sends."""
        await self.show()


def _days(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) > _MOST_DAYS:
        raise Problem(problems.BAD_QUERY, f"{text!r} is no number of days.", "Give a whole number.")
    return int(text)


class CodesHandler(_DevicesPage):
    """Makes enrolment codes."""

    authentication = Authentication.ACCOUNT
    role = ADMIN

    async def post(self) -> None:
        """Makes one and shows it."""
        group = self.form().get("group", "")[:_LONGEST] or None
        code = await self.call(self.collector.devices.new_code, self.who, group=group)
        await self.show(code)


class RevokeHandler(TeamHandler):
    """Puts devices out."""

    authentication = Authentication.ACCOUNT
    role = ADMIN

    async def post(self, device: str) -> None:
        """Puts one out."""
        await self.call(self.collector.devices.revoke, hex_id(device, 16), self.who)
        self.go_to("/")


class IncomingHandler(TeamHandler):
    """What came in."""

    authentication = Authentication.ACCOUNT
    looking: Looking

    async def get(self) -> None:
        """The newest."""
        self.page("incoming.html", arrived=await self.call(self.looking.incoming))


class RejectedHandler(TeamHandler):
    """What was refused."""

    authentication = Authentication.ACCOUNT
    looking: Looking

    async def get(self) -> None:
        """The newest."""
        self.page("rejected.html", rejected=await self.call(self.looking.rejected))


class LogHandler(TeamHandler):
    """Who did what."""

    authentication = Authentication.ACCOUNT
    role = ADMIN

    async def get(self) -> None:
        """The newest lines."""
        entries = await self.call(self.collector.log)
        names = {each.id.hex(): each.name for each in await self.call(self.collector.devices.all)}
        words = {"doer": partial(doer, devices=names), "done": partial(done, devices=names)}
        self.page("log.html", entries=entries, **words)


class SignInHandler(TeamHandler):
    """Lets the team in."""

    authentication = Authentication.NONE

    def get(self) -> None:
        """The form."""
        self.page("sign_in.html", sentence="")

    async def post(self) -> None:
        """Signs in, or says that it was not right."""
        given = self.form()
        name, password = given.get("name", ""), given.get("password", "")
        try:
            token = await self.shared.calls.run(self.collector.accounts.sign_in, name, password, self.address)
        except CollectorError as error:
            problem = problem_of(error)
            self.set_status(problem.status_code)
            self.page("sign_in.html", sentence=f"{error.sentence} {error.advice}")
            return
        secure = self.request.protocol == "https"
        self.set_cookie(
            COOKIE,
            token,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=secure,
            max_age=LASTS_DAYS * 86_400,
        )
        self.go_to("/")


class SignOutHandler(TeamHandler):
    """Lets the team out."""

    authentication = Authentication.ACCOUNT

    async def post(self) -> None:
        """Ends what the cookie stands for."""
        await self.call(self.collector.accounts.sign_out, self.get_cookie(COOKIE) or "")
        self.clear_cookie(COOKIE, path="/")
        self.go_to("/team/sign-in")


class KeysHandler(TeamHandler):
    """What the pages' keys do."""

    authentication = Authentication.NONE

    async def let_in(self) -> None:
        """Asks nothing."""

    def get(self) -> None:
        """The script."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "max-age=3600")
        self.finish((PAGES / "keys.js").read_bytes())


class StyleHandler(TeamHandler):
    """How the pages look."""

    authentication = Authentication.NONE

    async def let_in(self) -> None:
        """Asks nothing."""

    def get(self) -> None:
        """The style sheet."""
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.set_header("Cache-Control", "max-age=3600")
        self.finish((PAGES / "style.css").read_bytes())
