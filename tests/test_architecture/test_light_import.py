"""The command line and the server start light: nothing heavy is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from repository import ROOT

NEVER = {"webview", "PySide6", "qtpy", "tensorflow", "tensorflowjs", "keras", "tf_keras"}
LATER = {
    "psycopg",
    "psycopg_pool",
    "redis",
    "cryptography",
    "keyring",
    "numpy",
    "scipy",
    "h5py",
    "PIL",
    "httpx",
    "rich",
    "tornado",
    "peewee",
    "apsw",
    "msgspec",
    "filelock",
}


def loaded_by(statement: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter holds after the statement."""
    program = (
        f"{statement}\nimport sys\nprint('\\n'.join(sorted({{n.partition('.')[0] for n in sys.modules}})))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_the_command_line_loads_nothing_heavy() -> None:
    assert loaded_by("import desktop.cli") & (NEVER | LATER) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["models", "import", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    statement = (
        f"import contextlib, io, desktop.cli\n"
        f"with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        f"    desktop.cli.main({arguments!r})"
    )
    assert loaded_by(statement) & (NEVER | LATER) == set()


def test_the_server_loads_no_window_and_no_tensorflow() -> None:
    assert loaded_by("import desktop.assemble, webui.local.application") & NEVER == set()
