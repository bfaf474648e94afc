"""Steps of the set-up that make the virtual environment and fill it with pinned packages."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from build_scripts._steps import ROOT, Step, StepError, command
from build_scripts._system import apt_install, can_apt

VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
_STAMPS = VENV / ".whimbrel"
_RETRY = "Run the same command again: what is done stays done. Without a network it can't go on."


def executable(name: str) -> Path:
    """Where the virtual environment has a command."""
    return SCRIPTS / (f"{name}.exe" if os.name == "nt" else name)


def environment_steps(*sets: str) -> list[Step]:
    """The steps that make .venv hold these sets of requirements/ and Whimbrel itself, editable."""
    if not PYTHON.exists():
        shutil.rmtree(_STAMPS, ignore_errors=True)
    return [
        Step("Python environment", _STAMPS / "venv", (), _make_venv),
        *(packages_step(name) for name in sets),
        Step("Whimbrel itself", _STAMPS / "whimbrel", (ROOT / "pyproject.toml",), _install_whimbrel),
    ]


def packages_step(name: str) -> Step:
    """The step that installs one file of requirements/."""
    pins = ROOT / "requirements" / f"{name}.txt"
    return Step(f"Python packages ({name})", _STAMPS / f"packages-{name}", (pins,), partial(_install, pins))


def training_steps() -> list[Step]:
    """The step that makes .venv-training, by Whimbrel's own command for it; after `environment_steps`."""
    pins = ROOT / "requirements" / "training.txt"
    stamp = ROOT / ".venv-training" / ".whimbrel"
    return [Step("Training component", stamp, (pins,), _install_training)]


def _install_training() -> None:
    command([executable("whimbrel"), "training", "install"], _RETRY)


def _make_venv() -> None:
    """Make .venv; one that works is kept, an unfinished one is made anew."""
    if _works():
        return
    if importlib.util.find_spec("ensurepip") is None:
        _bring_ensurepip()
    shutil.rmtree(VENV, ignore_errors=True)
    command([sys.executable, "-m", "venv", VENV], "Make sure that `python3 -m venv` works, then try again.")


def _works() -> bool:
    if not PYTHON.exists():
        return False
    return (
        subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


def _bring_ensurepip() -> None:
    if not can_apt():
        raise StepError(
            "This Python can't make virtual environments (it lacks ensurepip). "
            "Install your system's package for it, on Debian and Ubuntu `apt-get install python3-venv`."
        )
    apt_install(["python3-venv"])


def _install(pins: Path) -> None:
    command([*pip(), "install", "-r", pins], _RETRY)


def _install_whimbrel() -> None:
    command([*pip(), "install", "--no-deps", "-e", ROOT], _RETRY)


def pip() -> list[str | Path]:
    """How the virtual environment's pip is called: quiet, and never asking."""
    return [PYTHON, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
