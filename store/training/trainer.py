"""Modules that are started as programs of their own, by an interpreter or by an executable in its place.

Frozen by PyInstaller there is no interpreter: Whimbrel itself, and the trainer, which is this module with
TensorFlow frozen beside it, then answer to the same words, `-m MODULE ARGUMENTS`, for these modules alone.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from importlib import import_module

CHILDREN = ("store.training.child", "store.training.exports", "store.training.foreign_models")
NOT_OURS = 2


def is_child(words: Sequence[str]) -> bool:
    """Whether a command line asks for a module instead of a command."""
    return words[:1] == ["-m"]


def run_child(words: Sequence[str]) -> int:
    """Runs the module that `-m MODULE ARGUMENTS` names; its exit status."""
    if not is_child(words) or words[1:2] == [] or words[1] not in CHILDREN:
        print("This program is started by Whimbrel: open Whimbrel instead.", file=sys.stderr)
        return NOT_OURS
    status: int = import_module(words[1]).main(words[2:])
    return status


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(run_child(sys.argv[1:]))
