"""What systems are told of the program: menu entry, version, reasons, and what removing it says."""

from __future__ import annotations

import ast
import plistlib
import re
import shutil
import subprocess
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from running import ROOT

from build_scripts.package import elsewhere
from build_scripts.package.debian import Package, _control

PACKAGE = ROOT / "build_scripts" / "package"
ENTRY = PACKAGE / "linux" / "whimbrel.desktop"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_menu_entry_is_one() -> None:
    validator = shutil.which("desktop-file-validate")
    if validator is None:
        pytest.skip("desktop-file-validate is not installed: `apt-get install desktop-file-utils`.")
    told = subprocess.run([validator, "--no-hints", ENTRY], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout + told.stderr) == (0, "")


def test_the_menu_entry_opens_pictures() -> None:
    entry = ConfigParser(interpolation=None)
    entry.read(ENTRY, encoding="utf-8")
    facts = entry["Desktop Entry"]
    assert facts["Exec"] == "whimbrel run %F"
    assert facts["Icon"] == "whimbrel"
    assert {"image/jpeg", "image/png", "image/webp"} <= set(facts["MimeType"].split(";"))


def test_no_recipe_or_script_writes_a_version_of_its_own() -> None:
    own = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.parent.name != "licences" and path.suffix != ".pyc"
        if re.search(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])", path.read_text(encoding="utf-8"))
    ]
    assert own == []


def test_every_system_is_told_the_one_version(tmp_path: Path) -> None:
    facts = elsewhere.macos_facts(VERSION)
    assert facts["CFBundleShortVersionString"] == facts["CFBundleVersion"] == VERSION
    resource = elsewhere.windows_version(VERSION)
    assert f"StringStruct('FileVersion', '{VERSION}')" in resource
    numbers = ", ".join([*VERSION.split("."), "0"])
    assert f"filevers=({numbers})" in resource
    ast.parse(resource)
    _control(tmp_path, Package("whimbrel", VERSION, ("libc6",), "Recognises", "More."))
    assert f"\nVersion: {VERSION}\n" in (tmp_path / "DEBIAN" / "control").read_text()


def test_macos_is_told_why_the_camera_is_wanted() -> None:
    facts = plistlib.loads(plistlib.dumps(elsewhere.macos_facts(VERSION)))
    assert "camera" in facts["NSCameraUsageDescription"]
    entitled = plistlib.loads((PACKAGE / "macos" / "entitlements.plist").read_bytes())
    assert entitled["com.apple.security.device.camera"] is True


@pytest.mark.parametrize("script", ["install.sh", "uninstall.sh", "whimbrel.prerm", "whimbrel.postrm"])
def test_the_scripts_are_shell(script: str) -> None:
    told = subprocess.run(
        ["sh", "-n", PACKAGE / "linux" / script], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_removing_for_one_user_keeps_what_is_remembered_and_says_where(tmp_path: Path) -> None:
    home = tmp_path / "Zoë Müller"
    kept = home / ".local/share/whimbrel/whimbrel.sqlite3"
    gone = [
        home / ".local/lib/whimbrel/whimbrel",
        home / ".local/bin/whimbrel",
        home / ".local/share/applications/whimbrel.desktop",
        home / ".local/share/icons/hicolor/48x48/apps/whimbrel.png",
    ]
    for path in (kept, *gone):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    told = subprocess.run(
        ["sh", PACKAGE / "linux" / "uninstall.sh"],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [path for path in gone if path.exists()] == []
    assert kept.exists()
    assert f"stays in {home}/.local/share/whimbrel;" in told.stdout
