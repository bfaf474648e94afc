"""Who may import whom: the contracts of pyproject.toml, no cycles, one door for each heavy library."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import grimp
import pytest
from repository import PACKAGES, ROOT, imports_of, name_of, tracked_under

DOORS = {
    "webview": ("desktop/window.py",),
    "tensorflow": ("store/training/",),
    "tensorflowjs": ("store/training/",),
    "keras": ("store/training/",),
    "tf_keras": ("store/training/",),
    "peewee": ("store/",),
    "playhouse": ("store/",),
    "apsw": ("store/",),
    "psycopg": ("store/collector/postgres_database.py",),
    "argon2": ("store/collector/passwords.py",),
    "psycopg_pool": ("store/collector/postgres_database.py",),
    "redis": ("store/queue/redis_line.py",),
    "tornado": ("webui/", "desktop/local_server.py"),
}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def test_the_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    told = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "0 broken" in told.stdout


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_library_has_one_door(library: str) -> None:
    """Reads the sources themselves, so that an import inside a function counts too."""
    users = [name_of(path) for path in tracked_under(*PACKAGES) if library in imports_of(path)]
    strangers = [name for name in users if not name.startswith(DOORS[library])]
    assert strangers == [], f"{library} is imported by {strangers}; its door is {DOORS[library]}"


def test_no_module_imports_itself_in_a_circle() -> None:
    circles = [circle for circle in strongly_connected() if len(circle) > 1]
    assert circles == []


def strongly_connected() -> list[list[str]]:
    """Tarjan's strongly connected components of the import graph, without recursion."""
    modules = graph()
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []
    for start in sorted(modules.modules):
        if start in order:
            continue
        work = [(start, iter(sorted(modules.find_modules_directly_imported_by(start))))]
        order[start] = lowest[start] = len(order)
        stack.append(start)
        while work:
            module, imported = work[-1]
            for child in imported:
                if child not in order:
                    order[child] = lowest[child] = len(order)
                    stack.append(child)
                    work.append((child, iter(sorted(modules.find_modules_directly_imported_by(child)))))
                    break
                if child in stack:
                    lowest[module] = min(lowest[module], order[child])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[module])
                if lowest[module] == order[module]:
                    cut = stack.index(module)
                    components.append(stack[cut:])
                    del stack[cut:]
    return components
