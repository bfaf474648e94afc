"""Small and typed: how long modules and functions may be, and that every argument says what it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import functions_of, name_of, tracked, tracked_under, tree_of

CODE = ("desktop", "webui", "store", "build_scripts", "benchmarks")
LONGEST_MODULE, LONGEST_FUNCTION, SILENT_FUNCTION = 300, 60, 12
UNFINISHED = re.compile(
    r"\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + r"CK|not imple" + r"mented)\b", re.IGNORECASE
)


def python() -> list[Path]:
    """The program's own Python files."""
    return tracked_under(*CODE)


def test_no_module_passes_300_lines() -> None:
    text = [*tracked_under(*CODE, endings=(".py", ".ts", ".css", ".html"))]
    lengths = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in text}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_no_function_passes_60_lines() -> None:
    long = {
        f"{name_of(path)}:{node.lineno} {node.name}": lines
        for path in python()
        for node in functions_of(path)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_every_function_is_typed() -> None:
    assert [place for path in python() for place in untyped(path)] == []


def untyped(path: Path) -> list[str]:
    """Functions of a module that leave an argument or the result without a type."""
    return [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for node in functions_of(path)
        if node.returns is None
        or any(
            argument.annotation is None for argument in arguments(node) if argument.arg not in ("self", "cls")
        )
    ]


def arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """All arguments of a function."""
    given = node.args
    rest = [extra for extra in (given.vararg, given.kwarg) if extra is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]


def test_longer_public_functions_say_what_they_do() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python()
        for node in public_functions(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > SILENT_FUNCTION
        and not ast.get_docstring(node)
    ]
    assert silent == []


def public_functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions of the module and methods of its classes, where no name starts with an underscore."""
    bodies = [tree_of(path).body]
    bodies += [
        node.body
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    for node in (found for body in bodies for found in body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


@pytest.mark.parametrize("ending", [".py", ".ts", ".css", ".html"])
def test_nothing_is_left_unfinished(ending: str) -> None:
    marked = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        if path.suffix == ending
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert marked == []
