"""What the collector's handlers share: tokens and limits before the body, blocking calls, refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, ParamSpec, TypeVar

import msgspec
from tornado.web import HTTPError

from store.collector.devices import SYNC, Device
from store.collector.errors import CollectorError, Unreachable
from store.collector.incoming import WrongBatch
from store.collector.service import Collector
from store.protocol import MIN_SCHEMA, SCHEMA
from webui import problems
from webui.base_handler import Authentication, BaseHandler
from webui.blocking import BlockingCalls, CallsClosed
from webui.bodies import Body, expected_body
from webui.collector.crowd import Crowd
from webui.collector.refusals import TOKEN, other_schema, problem_of, refusal_of, wrong_device, wrong_scope
from webui.problems import Problem
from webui.security import SAFE_METHODS

P = ParamSpec("P")
T = TypeVar("T")
_BEARER = "bearer "


class _Versioned(msgspec.Struct, frozen=True):
    """What is read of a body first: another version may have another form."""

    schema: int


class CollectorHandler(BaseHandler):
    """A handler that talks to the collector's store. Who comes with a token can't have been tricked into it
    by another page, so neither Host nor Origin matters; `TeamHandler` has cookies and checks."""

    collector: Collector
    crowd: Crowd
    scope: ClassVar[str] = SYNC
    counted: ClassVar[bool] = True  # against how many requests are answered at once
    _device: Device | None = None
    _has_place = False

    def prepare(self) -> Awaitable[None]:
        """Decides before any of the body is read, as the base does, but asks the database."""
        self._prepared = True
        return self._admit()

    async def _admit(self) -> None:
        try:
            known = self.methods()
            if known and self.request.method not in known:
                raise problems.from_status(405)
            if self.counted:
                self.crowd.enter()
                self._has_place = True
            await self.let_in()
            if self.request.method not in SAFE_METHODS:
                self._body = self.expected()
        except HTTPError as refusal:
            self.answer_with(refusal)

    def expected(self) -> Body:
        """The reader for the body. Raises Problem."""
        return expected_body(self.request.headers, self.body_limit)

    async def let_in(self) -> None:
        """Finds out who asks, or raises Problem."""
        if self.authentication is Authentication.TOKEN:
            self._device = await self.call(self.collector.admit, self.token(), self.address)
            if self.scope not in self.device.scopes:
                raise wrong_scope(self.scope)

    @property
    def device(self) -> Device:
        """Who asks; only where the handler asks for a token."""
        if self._device is None:
            raise RuntimeError(f"{type(self).__name__} asks for no token")
        return self._device

    def token(self) -> str:
        """The bearer token of the request. Raises Problem where there is none."""
        given = self.request.headers.get("Authorization", "")
        if not given.lower().startswith(_BEARER):
            raise Problem(
                TOKEN,
                "This request has no token.",
                "Send the one that enrolment gave, as `Authorization: Bearer ...`.",
                {"WWW-Authenticate": 'Bearer realm="whimbrel"'},
            )
        return given[len(_BEARER) :].strip()

    @property
    def address(self) -> str:
        """Where the request comes from; behind a proxy, what that says."""
        return str(self.request.remote_ip)

    def on_finish(self) -> None:
        """Gives the place back."""
        self._give_place_back()

    def on_connection_close(self) -> None:
        """Gives the place back, too: whoever goes away in the middle of a body is never answered."""
        self._give_place_back()

    def _give_place_back(self) -> None:
        if self._has_place:
            self._has_place = False
            self.crowd.leave()

    def versioned(self, content: bytes, form: type[T]) -> T:
        """The body as a `form` of the sync protocol. Raises Problem, 426 for a version not spoken here."""
        if not MIN_SCHEMA <= self.parse(content, _Versioned).schema <= SCHEMA:
            raise other_schema()
        return self.parse(content, form)

    def check_device(self, device_id: str) -> None:
        """Raises Problem where the request is in another device's name."""
        if bytes.fromhex(device_id) != self.device.id:
            raise wrong_device()

    @property
    def calls(self) -> BlockingCalls:
        """The threads that `call` runs on."""
        return self.shared.calls

    async def call(self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What the blocking `call` returns, run off the event loop. Raises Problem."""
        return await self.explained(self.calls.run(call, *arguments, **named))

    async def explained(self, result: Awaitable[T]) -> T:
        """The result of something that raises what the store raises. Raises Problem."""
        try:
            return await result
        except CallsClosed as error:
            closing = Unreachable("The collector is closing.", "Send this again in a moment.")
            raise problem_of(closing) from error
        except (CollectorError, WrongBatch) as error:
            raise problem_of(error) from error

    def answer_problem(self, problem: Problem) -> None:
        """Sends a problem with what tells a device that this is its collector."""
        refusal = refusal_of(problem, self.collector.id)
        self.answer(refusal, problem.status_code, problems.MEDIA_TYPE)
