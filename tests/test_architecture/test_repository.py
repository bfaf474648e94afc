"""What must not be in the repository: registry addresses, packages among the tests, unguarded routes."""

from __future__ import annotations

import ast
import importlib

import pytest
from repository import PACKAGES, ROOT, name_of, tracked, tracked_under, tree_of

from webui.base_handler import Authentication, BaseHandler

# Written in pieces, so that this file does not hold what it looks for.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("npmjs", "com"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]
METHODS = {"get", "head", "post", "patch", "put", "delete"}


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_the_address_of_a_registry(host: str) -> None:
    assert [name_of(path) for path in tracked() if host.encode() in path.read_bytes()] == []


def test_tests_are_no_packages_and_shadow_none() -> None:
    under_tests = [path for path in tracked() if path.is_relative_to(ROOT / "tests")]
    assert [name_of(path) for path in under_tests if path.name == "__init__.py"] == []
    folders = {part for path in under_tests for part in path.relative_to(ROOT / "tests").parent.parts}
    assert folders & {*PACKAGES, "benchmarks", "build_scripts"} == set()


def test_every_handler_states_who_may_call_it() -> None:
    silent = [
        f"{handler.__module__}.{handler.__qualname__}"
        for handler in handlers()
        if METHODS & set(vars(handler))
        and not isinstance(vars(handler).get("authentication"), Authentication)
    ]
    assert silent == []
    assert len(handlers()) > 10, "the handlers were not found"


def handlers() -> list[type[BaseHandler]]:
    """Every handler class of the program, at whatever depth of inheritance."""
    for path in tracked_under("webui"):
        if "page" not in path.relative_to(ROOT).parts:
            importlib.import_module(
                name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            )
    found, rest = [], [BaseHandler]
    while rest:
        children = rest.pop().__subclasses__()
        found += children
        rest += children
    return [handler for handler in found if handler.__module__.startswith("webui.")]


def test_applications_are_made_in_one_place() -> None:
    """`webui.routes.GuardedApplication` is the only one: it refuses a route that states no authentication."""
    makers = [
        name_of(path)
        for path in tracked_under(*PACKAGES)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) or getattr(node.func, "attr", None)) == "Application"
    ]
    assert makers == []
