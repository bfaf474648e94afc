"""What the team's pages share: accounts by a cookie, forms, HTML, and a check that a form is our own."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from tornado.template import Loader

from store.collector.accounts import ADMIN, LABELLER, VIEWER, Account
from webui import problems
from webui.base_handler import Authentication
from webui.bodies import Body, too_large
from webui.collector.collector_handler import CollectorHandler
from webui.problems import Kind, Problem
from webui.security import SAFE_METHODS, content_security_policy

PAGES = Path(__file__).parent / "pages"
COOKIE = "whimbrel_team"
PLACES = (
    ("/", "Devices"),
    ("/team/incoming", "Incoming"),
    ("/team/statistics", "Statistics"),
    ("/team/disagreements", "Disagreements"),
    ("/team/labels", "Labels"),
    ("/team/exports", "Export"),
    ("/team/releases", "Releases"),
    ("/team/rejected", "Rejected"),
    ("/team/log", "Log"),
)
_NEEDS = {"/team/log": ADMIN, "/team/exports": LABELLER}
NOT_SIGNED_IN = Kind(401, "not-signed-in", "Sign in")
NOT_ALLOWED = Kind(403, "not-allowed", "Not for this account")
MOST_FORM_BYTES = 16 * 1024
_FORM = "application/x-www-form-urlencoded"
_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000


class TeamHandler(CollectorHandler):
    """A page, or what one of its forms does. `role` is what an account must have at least."""

    body_limit = MOST_FORM_BYTES
    counted = False
    role: ClassVar[str] = VIEWER
    account: Account | None = None

    def set_default_headers(self) -> None:
        """As everywhere, but a page may send its forms home, and then says so: under `no-referrer` a browser
        sends the Origin of a form as null."""
        super().set_default_headers()
        policy = content_security_policy().replace("form-action 'none'", "form-action 'self'")
        self.set_header("Content-Security-Policy", policy)
        self.set_header("Referrer-Policy", "same-origin")

    async def let_in(self) -> None:
        """Finds out who is signed in, and whether the form is from a page of ours. Raises Problem."""
        if self.request.method not in SAFE_METHODS:
            self._check_origin()
        token = self.get_cookie(COOKIE)
        self.account = await self.call(self.collector.accounts.who, token) if token else None
        if self.authentication is not Authentication.ACCOUNT:
            return
        if self.account is None:
            raise Problem(NOT_SIGNED_IN, "This page is for the collector's team.", "Sign in.")
        if not self.account.may(self.role):
            raise Problem(NOT_ALLOWED, "This account may not do that.", "Ask somebody who may.")

    def _check_origin(self) -> None:
        origin = self.request.headers.get("Origin", "")
        foreign = urlsplit(origin).netloc != self.request.host
        if foreign or self.request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise Problem(
                problems.WRONG_ORIGIN,
                "This form was sent by another page.",
                "Open the collector and do it there.",
            )

    def expected(self) -> Body:
        """The reader for a form. Raises Problem."""
        media = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media != _FORM:
            raise Problem(problems.MEDIA, "This address takes forms only.", "Send it from the page.")
        if int(self.request.headers.get("Content-Length", "0")) > self.body_limit:
            raise too_large(self.body_limit)
        return Body(self.body_limit)

    def form(self) -> dict[str, str]:
        """The fields of the form that was sent; of one that is there twice the last."""
        fields = parse_qs(self.body().decode(errors="replace"), max_num_fields=20)
        return {name: values[-1].replace("\0", "").strip() for name, values in fields.items()}

    def page(self, name: str, **values: object) -> None:
        """Answers with one of the pages."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        account = self.account
        places = [place for place in PLACES if account and account.may(_NEEDS.get(place[0], VIEWER))]
        shared = {"account": self.account, "places": places, "here": self.request.path, **_SAID}
        self.finish(_loader().load(name).generate(**shared, **values))

    @property
    def who(self) -> str:
        """The account's name, for the log."""
        return "" if self.account is None else self.account.name

    def answer_problem(self, problem: Problem) -> None:
        """Says in words what is wrong; whoever is not signed in can do it right there."""
        self.set_status(problem.status_code)
        if problem.kind is NOT_SIGNED_IN:
            self.page("sign_in.html", sentence="")
            return
        said = {"title": problem.kind.title, "sentence": problem.sentence, "advice": problem.advice}
        self.page("problem.html", **said)

    def go_to(self, path: str) -> None:
        """Sends the browser to another of our pages after a form was done."""
        self.redirect(path, status=303)


class NothingHere(TeamHandler):
    """Answers every address that no route has: a browser with a page, all others as devices understand it."""

    authentication = Authentication.NONE

    @property
    def _is_looking(self) -> bool:
        return self.request.method == "GET" and "text/html" in self.request.headers.get("Accept", "")

    async def let_in(self) -> None:
        """Says that nothing is here."""
        if self._is_looking:
            await super().let_in()
        raise problems.from_status(404)

    def answer_problem(self, problem: Problem) -> None:
        """As a page, or as a problem document."""
        if self._is_looking:
            super().answer_problem(problem)
        else:
            CollectorHandler.answer_problem(self, problem)


@functools.cache
def _loader() -> Loader:
    return Loader(str(PAGES))


def hex_id(text: str, size: int) -> bytes:
    """The bytes of an id in an address. Raises Problem (404) for what is none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != size:
        raise problems.from_status(404)
    return found


def _moment(milliseconds: int | None) -> str:
    """A time in UTC, to the minute."""
    if milliseconds is None:
        return "never"
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "no time that can be"


def _skew(milliseconds: int | None) -> str:
    """How wrong a clock is, roughly; nothing where it hardly is."""
    off = abs(milliseconds or 0)
    if off < 2 * _MINUTE_MS:
        return ""
    for size, name in ((_DAY_MS, "days"), (_HOUR_MS, "hours"), (_MINUTE_MS, "minutes")):
        if off >= 2 * size:
            return f"{off // size:,} {name}"
    return ""


def ago_words(age_ms: int) -> str:
    """How long ago something was, roughly."""
    for size, one, many in (
        (_DAY_MS, "day", "days"),
        (_HOUR_MS, "hour", "hours"),
        (_MINUTE_MS, "minute", "minutes"),
    ):
        if age_ms >= size:
            count = age_ms // size
            return f"{count:,} {one if count == 1 else many} ago"
    return "less than a minute ago"


_SAID: dict[str, object] = {
    "ago": ago_words,
    "moment": _moment,
    "skew": _skew,
    "number": lambda value: f"{value:,}",
    "KINDS": {
        "inference": "picture recognised",
        "feedback": "correction or mark",
        "event": "failure",
        "attachment": "part that came later",
    },
    "WORDS": {"right": "right", "wrong": "wrong", "unsure": "I don't know"},
}
