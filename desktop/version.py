"""The version of the installed program; it stands in pyproject.toml alone."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def app_version() -> str:
    """The version of the distribution `whimbrel`, "0+unknown" where it is not installed."""
    try:
        return version("whimbrel")
    except PackageNotFoundError:
        return "0+unknown"
