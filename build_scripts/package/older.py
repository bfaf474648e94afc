"""An older Whimbrel as a package, for the test that a newer one installed over it keeps everything.

    .venv/bin/python -m build_scripts.package.older

Takes the sources of a commit before there were packages, and packs them by today's recipe as version 0.0.1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from build_scripts._page import PAGE, node_environment, npm
from build_scripts._python import PYTHON, pip
from build_scripts._steps import ROOT, StepError, command, timed

COMMIT = "66dbf25"
NUMBER = "0.0.1"
SOURCES = ROOT / "build" / "older"
OLDER = SOURCES / "dist"
_TODAYS = (
    "build_scripts",
    "desktop/frozen.py",
    "store/frozen.py",
    "store/training/trainer.py",
    "requirements",
)
_ADVICE = "Mend what it names; remove build/older to begin anew."


def make_older() -> None:
    """Build it unless it is there. Raises StepError."""
    if any(OLDER.glob("*.deb")):
        return
    with timed(f"An older package (commit {COMMIT})"):
        shutil.rmtree(SOURCES, ignore_errors=True)
        SOURCES.mkdir(parents=True)
        _take_sources()
        page = SOURCES / "webui" / "page"
        (page / "node_modules").symlink_to(PAGE / "node_modules")
        command(npm("run", "build"), _ADVICE, cwd=page, environment=node_environment())
        os.environ["PYTHONPATH"] = str(SOURCES)
        # What is there already stays: only the metadata, with the version, comes beside it.
        command([*pip(), "install", "--no-deps", "--target", SOURCES, SOURCES], _ADVICE)
        command([PYTHON, "-m", "build_scripts.package", "--without-starts"], _ADVICE, cwd=SOURCES)


def _take_sources() -> None:
    """The commit's files, with today's recipe among them and a version that is older than any."""
    archive = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode != 0:
        raise StepError(f"The commit {COMMIT} is not in this clone: `git fetch --unshallow`, then again.")
    subprocess.run(["tar", "-x"], input=archive.stdout, cwd=SOURCES, check=True)
    for name in _TODAYS:
        _copy(ROOT / name, SOURCES / name)
    project = SOURCES / "pyproject.toml"
    numbered = re.sub(r'^version = ".*"$', f'version = "{NUMBER}"', project.read_text("utf-8"), flags=re.M)
    project.write_text(numbered, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


if __name__ == "__main__":
    try:
        make_older()
    except StepError as failure:
        sys.exit(str(failure))
