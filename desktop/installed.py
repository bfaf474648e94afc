"""What is installed: the program's version, which stands in pyproject.toml alone, and the built page."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "webui" / "static"


def app_version() -> str:
    """The version of the distribution `whimbrel`, "0+unknown" where it is not installed."""
    try:
        return version("whimbrel")
    except PackageNotFoundError:
        return "0+unknown"
