"""What the frozen program begins with: the command line, or one of the processes that it starts itself."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import MutableMapping, Sequence

from desktop.cli import main as command_line
from store.training.trainer import is_child, run_child

_LIBRARIES = "LD_LIBRARY_PATH"
_QT = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH")


def main(words: Sequence[str]) -> int:
    """Carry out a command line of Whimbrel's, or run the module that `-m` names; the exit status."""
    give_back(os.environ)
    return run_child(words) if is_child(words) else command_line(words)


def give_back(environment: MutableMapping[str, str]) -> None:
    """Have other programs (the browser, the file manager) load the system's libraries, not the bundle's.

    PyInstaller's loader puts the bundle into LD_LIBRARY_PATH and keeps what was there under another name;
    this process has read it already, and a child that is frozen too gets its own. It also names Qt's folders,
    which Qt finds beside its own library without that.
    """
    for name in _QT:
        environment.pop(name, None)
    before = environment.pop(f"{_LIBRARIES}_ORIG", None)
    environment.pop(_LIBRARIES, None)
    if before is not None:
        environment[_LIBRARIES] = before


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
