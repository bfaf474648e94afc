"""The one base of every handler: who may ask, from where, JSON in and out, and errors that say what to do."""

from __future__ import annotations

import enum
import functools
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Protocol, TypeVar, cast

import msgspec
from tornado.http1connection import HTTP1Connection
from tornado.web import HTTPError, RequestHandler, stream_request_body

from store.json_places import place_deeper_than, place_of_error, repeated_key
from webui import problems
from webui.blocking import BlockingCalls
from webui.bodies import Body, expected_body
from webui.problems import Problem
from webui.rate_limits import DEFAULT, RateLimits, WriteLimits
from webui.security import SAFE_METHODS, SECURITY_HEADERS, check_origin

log = logging.getLogger("whimbrel.http")
T = TypeVar("T")
KIB = 1024
_ALWAYS = {**SECURITY_HEADERS, "Cache-Control": "no-store"}
_PICTURE_HASH = re.compile(r"(?<=/pictures/)[0-9a-fA-F]{64}")
_DEEPEST = 64
_REFUSED = 400  # from this status on an answer says that something is not as it should be


class Authentication(enum.Enum):
    """What a handler asks of whoever calls it. Every handler class states one itself; none inherits it."""

    COOKIE = "the cookie of this installation"
    LINK = "a one-use link, or the cookie"
    TOKEN = "the bearer token of an enrolled device or program"  # noqa: S105 - it says what is asked for
    ACCOUNT = "an account of the collector's team, signed in"
    NONE = "nothing: it tells nothing about the user"


class Gate(Protocol):
    """Who is let in."""

    @property
    def cookie_name(self) -> str:
        """The name of the cookie that says so."""

    def verify_cookie(self, value: str | None) -> bool:
        """Whether this server made the cookie."""

    def redeem_link(self, key: str) -> bool:
        """Whether the link's key is good; it is spent by asking."""


@dataclass(frozen=True)
class Shared:
    """What every handler needs: the gate, the threads for blocking calls, and who called how often."""

    gate: Gate
    calls: BlockingCalls
    limits: RateLimits


@stream_request_body
class BaseHandler(RequestHandler):
    """Checks Host, Origin and authentication before a method runs; answers JSON and problem documents.

    `route` is the address as OpenAPI writes it. A subclass states `authentication` and, as annotations
    without a value, the collaborators that its route hands it by name (`webui.routes` checks both before a
    server starts).
    """

    authentication: ClassVar[Authentication]
    body_limit: ClassVar[int] = 64 * KIB
    write_limits: ClassVar[WriteLimits] = DEFAULT
    logged_as: ClassVar[int] = logging.INFO  # an answer to what was asked rightly
    timed: ClassVar[bool] = True  # False: how long it takes says nothing of how fast the server is
    shared: Shared
    route: str
    _body: Body | None = None
    _prepared = False

    def _take(self, **collaborators: Any) -> None:  # noqa: ANN401 - each of the type that the class states
        vars(self).update(collaborators)

    initialize: Callable[..., None] = _take

    @property
    def port(self) -> int:
        """The port that this request arrived on, 0 when the caller is gone already."""
        socket = cast(HTTP1Connection, self.request.connection).stream.socket
        return 0 if socket is None else int(socket.getsockname()[1])

    @property
    def signed_in(self) -> bool:
        """Whether the request carries this installation's cookie."""
        return self.shared.gate.verify_cookie(self.get_cookie(self.shared.gate.cookie_name))

    def set_default_headers(self) -> None:
        """Puts the security headers on every answer, errors included (Tornado calls this for both)."""
        self.clear_header("Server")
        self._headers.update(_ALWAYS)

    def prepare(self) -> Awaitable[None] | None:
        """Decides before any of the body is read; a refusal is sent once the body has been dropped.

        Tornado closes the connection under an answer that comes before the end of the request, and the caller
        may never see why. So the refusal takes the place of the method that would have answered.
        """
        self._prepared = True
        try:
            self.admit()
        except HTTPError as refusal:
            self.answer_with(refusal)
        return None

    def answer_with(self, refusal: HTTPError) -> None:
        """Puts a refusal in the place of the method that would have answered."""
        vars(self)[(self.request.method or "").lower()] = functools.partial(self._refuse, refusal)

    def _refuse(self, refusal: HTTPError, *_: object, **__: object) -> None:
        raise refusal

    def admit(self) -> None:
        """Lets the request through to its method, and makes ready for its body.

        Raises:
            Problem: it must not reach the method.
        """
        method = self.request.method or ""
        check_origin(method, self.request.headers, self.port)
        if method not in self.methods():
            raise problems.from_status(405)
        self._authenticate()
        if method not in SAFE_METHODS:
            self.shared.limits.check(self.route, self.write_limits, self.request.headers)
            if method != "DELETE":  # which says all in its address
                self._body = expected_body(self.request.headers, self.body_limit)

    @classmethod
    def methods(cls) -> list[str]:
        """The HTTP methods that this class answers, as in an Allow header."""
        verbs = ("get", "head", "post", "patch", "put", "delete")
        return [verb.upper() for verb in verbs if getattr(cls, verb) is not getattr(RequestHandler, verb)]

    def _authenticate(self) -> None:
        if self.authentication is Authentication.COOKIE and not self.signed_in:
            raise Problem(
                problems.NOT_SIGNED_IN,
                "This browser is not connected to Whimbrel.",
                "Open Whimbrel again: it brings you here with a fresh link.",
                {"WWW-Authenticate": "Whimbrel-Link"},
            )
        if self.authentication is Authentication.LINK and not self._link_is_good():
            raise Problem(
                problems.LINK_SPENT,
                "This link was used before, has run out, or is not complete.",
                "Open Whimbrel again: it makes a fresh link.",
            )

    def _link_is_good(self) -> bool:
        key = self.request.query_arguments.get("key", [b""])[-1].decode(errors="replace")
        return self.shared.gate.redeem_link(key) or self.signed_in

    def data_received(self, chunk: bytes) -> None:
        """Takes a piece of the body; what nobody expects is dropped."""
        if self._body is not None:
            self._body.feed(chunk)

    def body(self) -> bytes:
        """The whole body, inflated.

        Raises:
            Problem: 413 over the limit, 400 when its compression is damaged.
        """
        return b"" if self._body is None else self._body.whole()

    def decode(self, content: bytes, form: type[T]) -> T:
        """The JSON `content` as a `form`.

        Raises:
            Problem: 400 when it is not JSON or says a thing twice, 422 when it is JSON of another form.
        """
        value = self.parse(content, form)
        refuse_repetition(content)
        return value

    def parse(self, content: bytes, form: type[T]) -> T:
        """As `decode`, but of a key that is there twice the last one counts."""
        try:
            return msgspec.json.decode(content, type=form)
        except msgspec.ValidationError as error:
            raise wrong_shape(str(error)) from error
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise _not_json(content, error) from error

    def answer(self, value: object, status: int = 200, media_type: str = "application/json") -> None:
        """Sends `value` as JSON."""
        self.set_status(status)
        self.set_header("Content-Type", media_type)
        self.finish(msgspec.json.encode(value))

    def compute_etag(self) -> str | None:
        """No tag: answers that may not be stored need none."""
        return None

    def write_error(self, status_code: int, **details: Any) -> None:  # noqa: ANN401 - Tornado's signature
        """Answers with the problem that was raised, or a general one that shows nothing of the inside."""
        raised = details.get("exc_info", (None, None, None))[1]
        problem = raised if isinstance(raised, Problem) else problems.from_status(status_code)
        if not self._prepared:
            self.set_header("Connection", "close")
        if status_code == problems.METHOD.status:
            self.set_header("Allow", ", ".join(self.methods()))
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.answer_problem(problem)

    def answer_problem(self, problem: Problem) -> None:
        """Sends a problem; pages override it with something for people."""
        self.answer(problem.details(), problem.status_code, problems.MEDIA_TYPE)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Logs crashes with their trace, never the query: it may hold a link's key."""
        if not isinstance(value, HTTPError):
            exc_info = (typ, value, tb) if typ and value else None
            log.error("%s %s failed", self.request.method, _loggable(self.request.path), exc_info=exc_info)


class NotFoundHandler(BaseHandler):
    """Answers every address that no route has."""

    authentication = Authentication.NONE

    def admit(self) -> None:
        """Refuses foreign callers like every other route, then says that nothing is here."""
        check_origin(self.request.method or "", self.request.headers, self.port)
        raise problems.from_status(404)


def _not_json(content: bytes, error: Exception) -> Problem:
    if isinstance(error, RecursionError):
        what, place = "nests too deeply", place_deeper_than(content, _DEEPEST)
    else:
        what, place = "is not valid JSON", place_of_error(content, str(error))
    where = f" at {place}" if place else ""
    return Problem(problems.BAD_JSON, f"The request {what}{where}.", "Send one JSON object in UTF-8.")


def refuse_repetition(content: bytes) -> None:
    """Raises the 400 for valid JSON in which an object has a key twice: one of the two would be lost."""
    key = repeated_key(content)
    if key is not None:
        raise Problem(
            problems.BAD_JSON, f"The request has {key} twice in one object.", "Send each name once."
        )


def wrong_shape(reason: str) -> Problem:
    """The 422 for JSON that is not of the expected form; `reason` says where."""
    return Problem(
        problems.WRONG_SHAPE,
        f"The request does not have the expected form: {reason}.",
        "See /api/openapi.json for the form.",
    )


def log_request(handler: RequestHandler) -> None:
    """The access log: status, method, path and time. Never the query."""
    status, request = handler.get_status(), handler.request
    level = logging.ERROR if status >= problems.INTERNAL.status else logging.INFO
    if status < _REFUSED and isinstance(handler, BaseHandler):
        level = handler.logged_as
    if not log.isEnabledFor(level):
        return
    path = _loggable(request.path)
    log.log(level, "%d %s %s %.1f ms", status, request.method, path, 1000 * request.request_time())


def _loggable(path: str) -> str:
    """A path without the hash of a picture: an erasure does not reach the log."""
    return _PICTURE_HASH.sub("...", path)
