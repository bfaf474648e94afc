"""The distribution `whimbrel`: what it owns, its one version, and pins that agree with what it asks for."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import packages_distributions, version
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from repository import PACKAGES, ROOT, name_of, tracked

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SETS = {
    "base": PROJECT["dependencies"],
    "desktop": PROJECT["optional-dependencies"]["desktop"],
    "dev": PROJECT["optional-dependencies"]["dev"],
}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_belong_to_whimbrel_alone(package: str) -> None:
    assert set(packages_distributions()[package]) == {"whimbrel"}


def test_the_version_stands_in_one_place() -> None:
    assert version("whimbrel") == PROJECT["version"], "reinstall: dev.py setup"
    manifest = json.loads((ROOT / "webui" / "page" / "package.json").read_text(encoding="utf-8"))
    assert "version" not in manifest, "the page takes its version from the server"
    written = re.compile(rf"""version\w*\s*[:=]\s*["']{re.escape(PROJECT["version"])}["']""", re.IGNORECASE)
    places = [
        name_of(path)
        for path in tracked()
        if path.suffix in (".py", ".ts", ".toml", ".html")
        and written.search(path.read_text(encoding="utf-8"))
    ]
    assert places == ["pyproject.toml"]


def pins() -> dict[str, Requirement]:
    """Every pin of requirements/, by canonical name."""
    lines = [
        line
        for path in sorted((ROOT / "requirements").glob("*.txt"))
        if path.stem != "training"  # an environment of its own
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


@pytest.mark.parametrize("line", [line for lines in SETS.values() for line in lines])
def test_what_is_asked_for_is_pinned_to_a_version_that_fits(line: str) -> None:
    asked = Requirement(line)
    pinned = pins().get(canonicalize_name(asked.name))
    assert pinned is not None, f"{asked.name} is in no file of requirements/: run build_scripts/_pins.py"
    exact = [specifier.version for specifier in pinned.specifier if specifier.operator == "=="]
    assert len(exact) == 1, f"{pinned} pins no version"
    assert asked.specifier.contains(exact[0], prereleases=True)


def test_pins_are_exact_and_carry_no_address() -> None:
    for pinned in pins().values():
        assert [specifier.operator for specifier in pinned.specifier] == ["=="]
        assert pinned.url is None
