"""The document says what the application answers, no less and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
from serving import Served

from webui.base_handler import Authentication, BaseHandler


def document_of(page: httpx.Client) -> dict[str, Any]:
    answer = page.get("/api/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def test_every_route_of_the_application_is_described_with_its_methods(
    served: Served, page: httpx.Client
) -> None:
    described = document_of(page)["paths"]
    routed = dict[str, set[str]]()
    for rule in served.application.wildcard_router.rules:
        handler = rule.target
        assert issubclass(handler, BaseHandler)
        routed[rule.matcher.regex.pattern] = set(handler.methods()) - {"HEAD"}  # type: ignore[attr-defined]
    as_patterns = {
        re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(path).replace(r"\{path\}", "(.+)")) + "$": {
            method.upper() for method in methods
        }
        for path, methods in described.items()
    }
    assert as_patterns == routed


def test_who_may_call_is_described_as_it_is_checked(served: Served, page: httpx.Client) -> None:
    described = document_of(page)
    open_to_all = {
        path
        for path, methods in described["paths"].items()
        if any(operation["security"] == [] for operation in methods.values())
    }
    assert open_to_all == {"/readyz", "/enter.js", "/enter.css", "/sw.js", "/assets/{path}", "/{name}"}
    assert open_to_all == {
        route.path
        for route in served.application.routes
        if route.handler.authentication is Authentication.NONE
    }
    scheme = described["components"]["securitySchemes"]["cookie"]
    assert scheme == {"type": "apiKey", "in": "cookie", "name": served.services.keys.cookie_name}


def test_every_reference_leads_somewhere(page: httpx.Client) -> None:
    described = document_of(page)
    names = {reference.rpartition("/")[2] for reference in _references(described)}
    assert {
        "ProblemDetails",
        "StatisticsBody",
        "Inference",
        "Feedback",
        "PictureCard",
        "BatchResult",
    } <= names
    assert names <= set(described["components"]["schemas"])


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def test_every_parameter_in_a_path_is_described(page: httpx.Client) -> None:
    for path, methods in document_of(page)["paths"].items():
        for operation in methods.values():
            named = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
            assert named == re.findall(r"\{(\w+)\}", path)
