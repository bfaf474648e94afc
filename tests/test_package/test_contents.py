"""What a bundle takes along of what PyInstaller found, and what it must not take."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest
from repository import ROOT, tracked_under

from build_scripts.package.contents import (
    LEFT_OUT,
    is_wanted,
    only_needed,
    our_files,
    our_modules,
    without_loose_ends,
)
from build_scripts.package.distributions import owners, strangers
from desktop.cli import build_parser
from store.local.page_sums import EXTENSION

CORE = ("PySide6/QtCore.abi3.so", "/venv/PySide6/QtCore.abi3.so", "EXTENSION")
QT = ("PySide6/Qt/lib/libQt6Core.so.6", "/venv/PySide6/Qt/lib/libQt6Core.so.6", "BINARY")
QUICK = ("PySide6/Qt/lib/libQt6Quick3D.so.6", "/venv/PySide6/Qt/lib/libQt6Quick3D.so.6", "BINARY")
XCB = ("PySide6/Qt/plugins/platforms/libqxcb.so", "/venv/PySide6/Qt/plugins/platforms/libqxcb.so", "BINARY")
GTK = ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "/venv/PySide6/x/libqgtk3.so", "BINARY")
PYTHON = ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", "BINARY")
SSL = ("python3.11/lib-dynload/_ssl.so", "/usr/lib/python3.11/lib-dynload/_ssl.so", "EXTENSION")
CRYPTO = ("libcrypto.so.3", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "BINARY")
X11 = ("libX11.so.6", "/usr/lib/x86_64-linux-gnu/libX11.so.6", "BINARY")
SUMS = ("apsw/sqlite_extra_binaries/cksumvfs.so", "/venv/apsw/sqlite_extra_binaries/cksumvfs.so", "BINARY")
CPP = ("libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "BINARY")
LINKED = {
    CORE[1]: ["libQt6Core.so.6", "libpython3.11.so.1.0", "libstdc++.so.6"],
    QT[1]: ["libstdc++.so.6"],
    XCB[1]: ["libQt6Core.so.6", "libX11.so.6"],
    SSL[1]: ["libcrypto.so.3", "libc.so.6"],
}


def test_only_what_something_used_needs_stays() -> None:
    found = [CORE, QT, QUICK, XCB, GTK, PYTHON, SSL, CRYPTO, SUMS, X11, CPP]
    kept = only_needed(found, lambda source: LINKED.get(source, []))
    assert kept == [CORE, QT, XCB, PYTHON, SSL, CRYPTO, SUMS], "Qt's X11 and the C++ runtime are the system's"


def test_a_link_stays_only_with_what_it_leads_to() -> None:
    links = [
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
        ("libQt6Quick3D.so.6", "PySide6/Qt/lib/libQt6Quick3D.so.6", "SYMLINK"),
        ("PySide6/Qt/lib/libcrypto.so.3", "../../../libcrypto.so.3", "SYMLINK"),
    ]
    page = ("webui/static/index.html", "/repository/webui/static/index.html", "DATA")
    assert without_loose_ends([*links, page], [QT, CRYPTO]) == [links[0], links[2], page]


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("PySide6/Qt/translations/qtwebengine_locales/en-US.pak", True),
        ("PySide6/Qt/translations/qtwebengine_locales/de.pak", False),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("PySide6/Qt/resources/qtwebengine_resources.pak", True),
        ("PySide6/Qt/resources/qtwebengine_devtools_resources.pak", False),
        ("PySide6/Qt/qml/QtQuick/libqtquick2plugin.so", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", False),
        ("webui/static/index.html", True),
    ],
)
def test_what_a_name_alone_tells(name: str, stays: bool) -> None:
    assert is_wanted(name) is stays


def test_what_is_loaded_by_its_path_is_there() -> None:
    files = {path for pattern, _ in our_files() for path in Path("/").glob(pattern.removeprefix("/"))}
    names = {path.name for path in files}
    assert {f"{EXTENSION}.so", "sqlite_extra.json", "imagenet_labels.txt", "topologies", "static"} <= names


def test_every_module_of_the_program_goes_in() -> None:
    tracked = {path.relative_to(ROOT) for path in tracked_under("desktop", "webui", "store")}
    ours = {Path(*name.split(".")) for name in our_modules()}
    assert {path.with_suffix("") for path in tracked if path.name != "__init__.py"} <= ours


def test_what_the_command_line_loads_by_name_goes_in() -> None:
    entries = set(entries_of(build_parser()))
    assert len(entries) > 15
    assert entries <= set(our_modules())


def entries_of(parser: object) -> list[str]:
    """The modules of every command below a parser."""
    found = [entry.partition(":")[0]] if (entry := getattr(parser, "_defaults", {}).get("entry")) else []
    for action in getattr(parser, "_actions", []):
        if isinstance(action.choices, dict):
            found += [name for below in action.choices.values() for name in entries_of(below)]
    return found


def test_a_package_of_the_development_environment_is_noticed() -> None:
    numpy, pytest_ = (str(distribution(name).locate_file(file)) for name, file in FILES)
    assert strangers(owners([numpy])) == []
    assert strangers(owners([numpy, pytest_])) == ["pytest"]


FILES = (("numpy", "numpy/__init__.py"), ("pytest", "_pytest/nodes.py"))


def test_nothing_of_ours_is_left_out() -> None:
    assert not set(LEFT_OUT) & {"desktop", "webui", "store", *our_modules()}
