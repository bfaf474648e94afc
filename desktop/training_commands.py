"""`whimbrel training install`: the training component (TensorFlow) in an environment of its own.

Recognising, head training and most imports work without it; fine-tuning, full training, and .keras, .h5 and
SavedModel files need it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from desktop.errors import PlainError
from desktop.settings import Settings
from store.frozen import TRAINER, is_frozen
from store.models.training_component import REPOSITORY

ENVIRONMENT = REPOSITORY / ".venv-training"
PACKAGES = REPOSITORY / "requirements" / "training.txt"
_TAIL = 10


def install(_: Settings, __: argparse.Namespace) -> int:
    """Make the environment and fill it; what is there already is kept."""
    if is_frozen():
        raise PlainError(
            "This Whimbrel was installed as a package, and its training component is one, too.",
            f"Install the package {TRAINER} beside it (docs/packaging.md); nothing else is needed.",
        )
    if not PACKAGES.is_file():
        raise PlainError(
            "This copy of Whimbrel does not carry the list of the training component's packages.",
            "Install it from a checkout of the source, or export the model as TFLite or TF.js.",
        )
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    print(f"Installing the training component into {ENVIRONMENT} (some 1.6 GB; this takes minutes).")
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    pip = [str(python), "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
    _run([*pip, "install", "--no-deps", "-r", str(PACKAGES)])
    print(
        "The training component is installed: networks can be trained, .keras, .h5 and SavedModel files read."
    )
    return 0


def _run(words: Sequence[str]) -> None:
    """Run a command quietly. Raises PlainError with the end of what it said."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).splitlines()
        kept = [line for line in said if "is ignored: it is neither" not in line]
        print("\n".join(kept[-_TAIL:]), file=sys.stderr)
        raise PlainError(
            f"The training component could not be installed (`{words[2]}` failed, see above).",
            "Make sure that there is a network and 2 GB of space, then run it again: it goes on.",
        )
