"""The OpenAPI document, made from the table of routes and the msgspec types in it."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from webui.base_handler import Authentication
from webui.problems import MEDIA_TYPE, ProblemDetails
from webui.routes import Operation, Route

_REFERENCE = "#/components/schemas/{name}"
_FOR_PEOPLE = "text/html"  # a page says what is wrong in words
_ALWAYS = (403,)
_SECURITY: dict[Authentication, list[dict[str, list[str]]]] = {
    Authentication.NONE: [],
    Authentication.COOKIE: [{"cookie": []}],
    Authentication.LINK: [{"cookie": []}],
    Authentication.TOKEN: [{"bearer": []}],
    Authentication.ACCOUNT: [{"cookie": []}],
}
_UNSAFE = (400, 413, 415, 422, 429)


def document(
    routes: Sequence[Route], title: str, version: str, cookie_name: str, *, tokens: bool = False
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes as plain JSON values; `tokens` where they let in, too."""
    forms = _forms(routes)
    schemas, components = msgspec.json.schema_components(
        forms, schema_hook=_anything, ref_template=_REFERENCE
    )
    schema_of = dict(zip(map(repr, forms), schemas, strict=True))
    paths = {
        route.path: {
            operation.method.lower(): _operation(route, operation, schema_of)
            for operation in route.operations
        }
        for route in routes
    }
    schemes: dict[str, Any] = {"cookie": {"type": "apiKey", "in": "cookie", "name": cookie_name}}
    if tokens:
        schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": schemes},
    }


def _anything(form: type) -> dict[str, Any]:
    """`object` is any JSON value; msgspec knows the rest, or says what it does not."""
    if form is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError


def _forms(routes: Sequence[Route]) -> list[Any]:
    """Every type that the table names, once each."""
    forms: dict[str, Any] = {repr(ProblemDetails): ProblemDetails}
    for operation in (operation for route in routes for operation in route.operations):
        named = [operation.gives, operation.body, *(parameter.form for parameter in operation.query)]
        forms.update(
            {repr(form): form for form in named if form is not None and not isinstance(form, str | tuple)}
        )
    return list(forms.values())


def _operation(route: Route, operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "security": _SECURITY[route.handler.authentication],
        "parameters": _parameters(route, operation, schema_of),
        "responses": _responses(route, operation, schema_of),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body, schema_of)}
    return described


def _parameters(route: Route, operation: Operation, schema_of: dict[str, Any]) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.parameters
    ]
    in_query = [
        {"name": each.name, "in": "query", "description": each.says, "schema": schema_of[repr(each.form)]}
        for each in operation.query
    ]
    return [*in_path, *in_query]


def _responses(route: Route, operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    statuses = {*_ALWAYS, *operation.problems}
    if route.handler.authentication in (Authentication.COOKIE, Authentication.TOKEN):
        statuses.add(401)
    if operation.body is not None:
        statuses.update(_UNSAFE)
    problem: dict[str, Any] = {MEDIA_TYPE: {"schema": schema_of[repr(ProblemDetails)]}}
    if operation.gives == _FOR_PEOPLE:
        problem[_FOR_PEOPLE] = {}
    refused = {
        str(status): {"description": HTTPStatus(status).phrase, "content": problem}
        for status in sorted(statuses)
    }
    success = {"description": operation.summary, "content": _content(operation.gives, schema_of)}
    return {str(operation.status): success, **refused}


def _content(form: Any, schema_of: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a type or a media type
    if isinstance(form, str | tuple):
        return {media: {} for media in ((form,) if isinstance(form, str) else form)}
    return {"application/json": {"schema": schema_of[repr(form)]}}
