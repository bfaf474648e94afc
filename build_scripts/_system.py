"""What the machine itself has: a display, Debian's packages, and how to get those that are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from build_scripts._steps import CACHE, command, say, timed
from desktop.system_libraries import loads, missing_qt_libraries

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HEADLESS = "chromium-headless-shell"
_FONTS = "fonts-liberation"
_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}
SERVERS = {"nginx": "nginx", "redis-server": "redis-server"}  # package and program; the tests start their own


def can_apt() -> bool:
    """Whether this process may install Debian's packages."""
    return shutil.which("apt-get") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages, after one refresh of the lists. Raises StepError."""
    advice = f"Try `apt-get install {' '.join(packages)}` by hand."
    _apt_refresh()
    command(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], advice, environment=_QUIET
    )


def _apt_refresh() -> None:
    command(["apt-get", "update", "-q"], "Make sure that apt-get works on this machine.", environment=_QUIET)


def has_display() -> bool:
    """Whether a window can be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def will_open_window() -> bool:
    """Whether `whimbrel run` will open a window of its own (Qt's browser refuses to run as root)."""
    return has_display() and not (hasattr(os, "geteuid") and os.geteuid() == 0)


def missing_for_window() -> list[str]:
    """Debian packages that the window still needs."""
    return missing_qt_libraries()


def missing_for_package() -> list[str]:
    """Debian packages that building and measuring the program's package still needs."""
    if not sys.platform.startswith("linux"):
        return []
    missing = missing_qt_libraries()
    if shutil.which("Xvfb") is None:
        missing.append("xvfb")
    if not all(shutil.which(program) for program in ("objcopy", "strip", "readelf")):
        missing.append("binutils")  # PyInstaller writes the program with it
    if not loads("libatomic.so.1"):
        missing.append("libatomic1")  # the node that Playwright brings needs it
    return missing


def has_postgres() -> bool:
    """Whether a PostgreSQL server can be started here; Debian keeps its programs out of the path."""
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def is_there(program: str) -> bool:
    """Whether a server's program is installed, in the path or where Debian keeps those of administrators."""
    return shutil.which(program) is not None or shutil.which(program, path="/usr/sbin") is not None


def missing_for_tests() -> list[str]:
    """Debian packages that the tests still need; empty where that is not ours to say."""
    if not sys.platform.startswith("linux"):
        return []
    missing = missing_qt_libraries()
    if not any(shutil.which(name) for name in BROWSERS):
        missing += ["chromium", _FONTS]
    if shutil.which("Xvfb") is None:
        missing.append("xvfb")
    if shutil.which("xdotool") is None:
        missing.append("xdotool")  # answers the window's dialogs
    if shutil.which("ssconvert") is None:
        missing.append("gnumeric")  # opens the CSV exports; 53 MB with what it needs
    if shutil.which("desktop-file-validate") is None:
        missing.append("desktop-file-utils")
    if not has_postgres():
        missing.append("postgresql")  # the collector's tests start a server of their own
    missing += [package for package, program in SERVERS.items() if not is_there(program)]
    if not loads("libatomic.so.1"):
        missing.append("libatomic1")  # the node that Playwright brings needs it
    return missing


def bring(packages: Sequence[str], without: str) -> None:
    """Install what is missing, or say in one sentence what to install and what happens `without` it."""
    if not packages:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    if can_apt():
        with timed(f"System packages ({', '.join(packages)})"):
            apt_install(packages)
    else:
        say(f"Not on this machine: {', '.join(packages)}. {without} Install them with your package manager.")


def bring_headless() -> None:
    """Install Chromium without its own surface where the system offers it: most browser tests take half the
    processor time in it, and the whole Chromium where there is none."""
    never = CACHE / f"no-{HEADLESS}"
    if shutil.which(HEADLESS) or not can_apt() or never.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with timed(f"System package ({HEADLESS})"):
        _apt_refresh()
        known = subprocess.run(["apt-cache", "show", HEADLESS], capture_output=True, check=False)
        if known.returncode == 0:
            apt_install([HEADLESS])
        else:
            never.touch()
