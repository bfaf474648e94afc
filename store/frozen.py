"""Whether this is the packaged program, and what then stands in the place of a Python with TensorFlow.

Packaged by PyInstaller, `sys.executable` is Whimbrel itself: there is no interpreter and no pip.
"""

from __future__ import annotations

import sys
from pathlib import Path

TRAINER = "whimbrel-trainer"


def is_frozen() -> bool:
    """Whether this is the packaged program."""
    return bool(getattr(sys, "frozen", False))


def trainer() -> Path | None:
    """The executable of the package whimbrel-trainer, in the folder beside Whimbrel's; None without it."""
    found = Path(sys.executable).resolve().parent.parent / TRAINER / TRAINER
    return found if found.is_file() else None


def how_to_install_trainer() -> str:
    """What to do where the training component is missing, to be followed by another way."""
    return f"Install the package {TRAINER}" if is_frozen() else "Install it with `whimbrel training install`"
