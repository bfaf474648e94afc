"""One table says what an application answers: the router and the OpenAPI document are both made from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tornado.routing import PathMatches, URLSpec
from tornado.web import Application

from webui.base_handler import Authentication, BaseHandler, Shared, log_request
from webui.compression import Compression

_PARAMETER = re.compile(r"\{(\w+)\}")
_REST = "path"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query; `form` is a type that msgspec knows."""

    name: str
    form: Any
    says: str


@dataclass(frozen=True)
class Operation:
    """One method of a route. `body` and `gives` are msgspec types, or a media type (or several, as a tuple)
    for what is not JSON."""

    method: str
    summary: str
    gives: Any
    body: Any = None
    query: tuple[Parameter, ...] = ()
    status: int = 200
    problems: tuple[int, ...] = ()


@dataclass(frozen=True)
class Route:
    """An address as OpenAPI writes it (`{path}` takes what is left, any other name one segment), its handler,
    and the collaborators that the handler states, by name."""

    path: str
    handler: type[BaseHandler]
    operations: tuple[Operation, ...]
    collaborators: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> list[str]:
        """The names in the path, in order."""
        return _PARAMETER.findall(self.path)

    def spec(self, shared: Shared) -> URLSpec:
        """The route as Tornado takes it."""
        literal = _PARAMETER.split(self.path)
        pieces = [
            (r"(.+)" if piece == _REST else r"([^/]+)") if index % 2 else re.escape(piece)
            for index, piece in enumerate(literal)
        ]
        return URLSpec(
            "".join(pieces), self.handler, {"shared": shared, "route": self.path, **self.collaborators}
        )


class UnguardedRoute(Exception):  # noqa: N818 - a mistake of ours, found before the server starts
    """A route whose handler does not say who may call it, or is not handed what it needs."""


def collaborators_of(handler: type[BaseHandler]) -> set[str]:
    """The names that a handler class and its bases ask for: annotations without a value."""
    names = {name for base in handler.__mro__ if issubclass(base, BaseHandler) for name in _annotations(base)}
    return {name for name in names if not hasattr(handler, name)}


def _annotations(cls: type) -> Iterable[str]:
    stated: Mapping[str, Any] = vars(cls).get("__annotations__", {})
    return stated


def check_handler(handler: object, handed: Iterable[str]) -> None:
    """Raises UnguardedRoute unless the class itself (not a base) states how it authenticates, and is handed
    the collaborators that it names."""
    if not (isinstance(handler, type) and issubclass(handler, BaseHandler)):
        raise UnguardedRoute(f"{handler!r} is no BaseHandler: nothing would check its requests.")
    if not isinstance(vars(handler).get("authentication"), Authentication):
        raise UnguardedRoute(
            f"{handler.__qualname__} does not state its authentication: say who may call it."
        )
    if difference := collaborators_of(handler) ^ set(handed):
        raise UnguardedRoute(
            f"{handler.__qualname__} and its route differ in: {', '.join(sorted(difference))}."
        )


class GuardedApplication(Application):
    """An application that refuses to exist with a route whose handler states no authentication."""

    def __init__(self, routes: Iterable[Route], fallback: Route, shared: Shared) -> None:
        specs = [route.spec(shared) for route in routes]
        default = fallback.spec(shared)
        super().__init__(
            list[Any](specs),
            default_handler_class=default.handler_class,
            default_handler_args=default.kwargs,
            transforms=[Compression],
            log_function=log_request,
        )
        check_handler(default.handler_class, default.kwargs or ())
        for rule in self.wildcard_router.rules:
            check_handler(rule.target, rule.target_kwargs or ())

    def patterns(self) -> list[str]:
        """The regular expression of every rule of the router."""
        matchers = [rule.matcher for rule in self.wildcard_router.rules]
        return [matcher.regex.pattern for matcher in matchers if isinstance(matcher, PathMatches)]

    def add_handlers(self, *_: object) -> None:
        """Refused: a route that is not in the table would be in no document and in no check."""
        raise UnguardedRoute("Routes come from the table that the application is made with.")
