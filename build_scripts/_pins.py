"""Writes requirements/*.txt from what the development venv holds: run it with that venv's Python.

    .venv/bin/python build_scripts/_pins.py

pyproject.toml says what Whimbrel needs; these files say with which versions it was tried. No address of a
registry is written: pip asks the one that the machine is set up for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEADER = (
    "# Written by build_scripts/_pins.py from the versions that the tests ran with. Do not edit by hand.\n"
)


def wanted(requirement: Requirement, extra: str) -> bool:
    """Whether the requirement holds on this machine for this extra of the package that names it."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def closure(requirements: Iterable[Requirement], marker: str = "") -> dict[str, str]:
    """Pins of the requirements and of all that they bring: canonical name to `name==version ; marker`.

    `marker` is the platform on which the first of a chain is wanted; what it brings inherits it.
    Raises SystemExit with a sentence where one of them is not installed here.
    """
    pins: dict[str, str] = {}
    for requirement in requirements:
        condition = str(requirement.marker) if requirement.marker and not marker else marker
        _follow(requirement, condition if "extra" not in condition else "", pins)
    return pins


def _follow(requirement: Requirement, marker: str, pins: dict[str, str]) -> None:
    name = canonicalize_name(requirement.name)
    if name in pins:
        return
    try:
        found = distribution(requirement.name)
    except PackageNotFoundError:
        raise SystemExit(
            f"{requirement.name} is not installed here. Run `dev.py setup` first, then again."
        ) from None
    pins[name] = f"{name}=={found.version}" + (f" ; {marker}" if marker else "")
    for line in found.requires or []:
        child = Requirement(line)
        if any(wanted(child, extra) for extra in (requirement.extras or {""})):
            _follow(child, marker, pins)


def write(name: str, pins: dict[str, str]) -> None:
    """Write one file of requirements, sorted by name."""
    text = HEADER + "".join(f"{pins[key]}\n" for key in sorted(pins))
    (ROOT / "requirements" / f"{name}.txt").write_text(text, encoding="utf-8")
    print(f"requirements/{name}.txt: {len(pins)} packages")


def main() -> None:
    """Write the six sets; a package of an earlier set is not repeated in a later one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sets = {
        "base": project["dependencies"],
        "desktop": project["optional-dependencies"]["desktop"],
        "collector": project["optional-dependencies"]["collector"],
        "queue": project["optional-dependencies"]["queue"],
        "package": project["optional-dependencies"]["package"],
        "dev": project["optional-dependencies"]["dev"],
    }
    done: set[str] = set()
    for name, lines in sets.items():
        pins = closure(Requirement(line) for line in lines)
        write(name, {key: pin for key, pin in pins.items() if key not in done})
        if name != "package":  # it is installed without what comes after it, and that without it
            done |= set(pins)


if __name__ == "__main__":
    main()
