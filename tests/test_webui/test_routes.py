"""An application with a route that states no authentication does not come to be."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tornado.web import RequestHandler, StaticFileHandler

from webui.base_handler import Authentication, BaseHandler, NotFoundHandler, Shared
from webui.blocking import BlockingCalls
from webui.rate_limits import RateLimits
from webui.routes import GuardedApplication, Route, UnguardedRoute


class Stated(BaseHandler):
    authentication = Authentication.COOKIE


class Inherits(Stated):
    pass


class Silent(BaseHandler):
    pass


class SaysItInWords(BaseHandler):
    authentication = "cookie"  # type: ignore[assignment]


class NeedsFolder(BaseHandler):
    authentication = Authentication.NONE
    folder: Path


class NobodysKeys:
    cookie_name = "none"

    def verify_cookie(self, value: str | None) -> bool:
        return False

    def redeem_link(self, key: str) -> bool:
        return False


def build(handler: type, fallback: type = NotFoundHandler, **collaborators: object) -> GuardedApplication:
    shared = Shared(NobodysKeys(), BlockingCalls(), RateLimits(time.monotonic))
    return GuardedApplication(
        [Route("/stated", Stated, ()), Route("/tested", handler, (), collaborators)],
        Route("", fallback, ()),
        shared,
    )


def test_stated_authentication_builds() -> None:
    assert build(Stated).patterns() == ["/stated$", "/tested$"]


@pytest.mark.parametrize("handler", [Silent, Inherits, SaysItInWords])
def test_a_handler_that_states_none_itself_is_refused(handler: type) -> None:
    with pytest.raises(UnguardedRoute, match=f"{handler.__name__} does not state its authentication"):
        build(handler)


@pytest.mark.parametrize("handler", [RequestHandler, StaticFileHandler])
def test_a_handler_outside_the_base_is_refused(handler: type) -> None:
    with pytest.raises(UnguardedRoute, match="is no BaseHandler"):
        build(handler)


def test_the_handler_for_everything_else_is_checked_too() -> None:
    with pytest.raises(UnguardedRoute, match="Silent"):
        build(Stated, fallback=Silent)


def test_no_route_comes_in_later() -> None:
    application = build(Stated)
    with pytest.raises(UnguardedRoute, match="table"):
        application.add_handlers(".*", [("/later", Silent)])


def test_a_handler_is_handed_what_it_states_and_nothing_else(tmp_path: Path) -> None:
    build(NeedsFolder, folder=tmp_path)
    with pytest.raises(UnguardedRoute, match="folder"):
        build(NeedsFolder)
    with pytest.raises(UnguardedRoute, match="surplus"):
        build(NeedsFolder, folder=tmp_path, surplus=1)


def test_a_literal_address_matches_only_itself() -> None:
    pattern = (
        Route("/sw.js", Stated, ())
        .spec(Shared(NobodysKeys(), BlockingCalls(), RateLimits(time.monotonic)))
        .regex
    )
    assert pattern.match("/sw.js")
    assert not pattern.match("/swxjs")
