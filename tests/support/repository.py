"""What the repository holds, for the tests that look at it as a whole."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("desktop", "webui", "store")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("This is not a git checkout, so nobody knows which files belong to it.")
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return tuple(sorted({path for path in paths if path.is_file()}))


def tracked_under(*folders: str, endings: tuple[str, ...] = (".py",)) -> list[Path]:
    """Tracked files in these folders of the repository with one of these endings."""
    return [
        path for path in tracked() if path.suffix in endings and path.relative_to(ROOT).parts[0] in folders
    ]


def name_of(path: Path) -> str:
    """The path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module, nested ones too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports_of(path: Path) -> set[str]:
    """Top-level names of everything that a module imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
