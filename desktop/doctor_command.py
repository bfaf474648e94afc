"""`whimbrel doctor`: prints what is wrong and what to do about it, or writes the diagnostics file."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop.data_folder import DataFolder
from desktop.diagnostics import Diagnostics
from desktop.doctor import findings
from desktop.errors import PlainError
from desktop.settings import Settings
from desktop.settings_file import ProgramSettings
from store.clock import SystemClock


def doctor(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print every finding, or write the diagnostics file; 1 where there is a problem."""
    if chosen.look_at_window:
        from desktop.webgl_look import look  # noqa: PLC0415 - Qt

        return look()
    folder = DataFolder(settings.data_dir)
    if chosen.diagnostics is not None:
        return _write(settings, folder, chosen)
    problems = 0
    for finding in findings(folder):
        problems += finding.level == "problem"
        print(f"{finding.level:<8} {finding.what}")
        if finding.advice:
            print(f"{'':<8} -> {finding.advice}")
    print(f"{problems} problem{'' if problems == 1 else 's'} found." if problems else "All is well.")
    return 1 if problems else 0


def _write(settings: Settings, folder: DataFolder, chosen: argparse.Namespace) -> int:
    target = Path(chosen.diagnostics).expanduser()
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(Diagnostics(folder, ProgramSettings(settings, vars(chosen)), SystemClock()).text())
    except FileExistsError:
        raise PlainError(f"There is a file {target} already.", "Name another one.") from None
    except OSError as error:
        raise PlainError(
            f"The file {target} can't be written ({error.strerror}).", "Name another one."
        ) from None
    print(f"The diagnostics file is {target}. Nothing was sent: read it before you hand it to somebody.")
    return 0
