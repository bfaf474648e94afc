"""`whimbrel` as a process that is carried out to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from running import ROOT

CLI = [sys.executable, "-m", "desktop.cli"]


def whimbrel(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command line without a display."""
    without = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    return subprocess.run(
        [*CLI, *map(str, arguments)],
        cwd=ROOT,
        env=without | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
