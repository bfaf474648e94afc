"""Which installed packages the files of a bundle came from."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from build_scripts._steps import ROOT

SETS = ("base", "desktop", "collector")
BUILDER = {"pyinstaller", "pyinstaller-hooks-contrib"}  # its loader and what prepares the libraries


def owners(sources: Iterable[str]) -> dict[str, Distribution]:
    """Canonical name → installed package, for every package that one of these files belongs to."""
    wanted = {str(Path(source)) for source in sources}
    found: dict[str, Distribution] = {}
    for distribution in distributions():
        name = canonicalize_name(distribution.name)
        if any(str(distribution.locate_file(file)) in wanted for file in distribution.files or ()):
            found[name] = distribution
    return found


def pinned(sets: Iterable[str]) -> set[str]:
    """Canonical names of the packages in these sets of requirements/."""
    names = set[str]()
    for part in sets:
        for line in (ROOT / "requirements" / f"{part}.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                names.add(canonicalize_name(Requirement(line).name))
    return names


def strangers(found: Iterable[str], sets: Iterable[str] = SETS) -> list[str]:
    """Names of packages that came in by accident; `sets` are what the bundle is to be made of."""
    return sorted(set(found) - pinned(sets) - BUILDER - {"whimbrel"})
