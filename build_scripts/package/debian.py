"""The .deb: the bundle in /usr/lib/whimbrel, the entry of the menu, and what Debian must bring."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from build_scripts._steps import ROOT, command
from build_scripts.package.contents import size_mb
from build_scripts.package.parts import debian_packages
from desktop.system_libraries import QT_LIBRARIES

LINUX = ROOT / "build_scripts" / "package" / "linux"
PLACE = "usr/lib"
_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
# Ubuntu and newer Debians call these by another name, since their time_t became 64 bits.
_RENAMED = {"libasound2", "libglib2.0-0", "libcups2", "libatk1.0-0", "libatk-bridge2.0-0", "libatspi2.0-0"}


@dataclass(frozen=True)
class Package:
    """One .deb to make: its name, what the program folder is called, and its words."""

    name: str
    version: str
    depends: tuple[str, ...]
    summary: str
    description: str


def make_deb(package: Package, bundle: Path, icons: Path | None, target: Path) -> Path:
    """Pack a bundle; `icons` is the folder with `hicolor`, None for a package without a menu entry."""
    root = target / f"{package.name}.root"
    shutil.rmtree(root, ignore_errors=True)
    place = root / PLACE / package.name
    place.parent.mkdir(parents=True)
    shutil.copytree(bundle, place, symlinks=True, copy_function=os.link)
    if icons is not None:
        _menu_entry(root, package.name, icons)
    documents = root / "usr" / "share" / "doc" / package.name
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(
        f"MIT, see /{PLACE}/{package.name}/licences/whimbrel.txt; the licences of its parts lie beside it.\n",
        encoding="utf-8",
    )
    _control(root, package)
    architecture = command(["dpkg", "--print-architecture"], "Build the .deb on Debian or Ubuntu.").strip()
    made = target / f"{package.name}_{package.version}_{architecture}.deb"
    words = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build"]
    whole = root.with_suffix(".deb")
    command([*words, root, whole], "Make sure that dpkg-deb works and that there is room.")
    shutil.rmtree(root)
    return whole.replace(made)


def _menu_entry(root: Path, name: str, icons: Path) -> None:
    entries, commands = root / "usr" / "share" / "applications", root / "usr" / "bin"
    entries.mkdir(parents=True)
    commands.mkdir(parents=True)
    shutil.copy(LINUX / "whimbrel.desktop", entries)
    shutil.copytree(icons, root / "usr" / "share" / "icons")
    (commands / name).symlink_to(f"../lib/{name}/{name}")


def _control(root: Path, package: Package) -> None:
    folder = root / "DEBIAN"
    folder.mkdir()
    architecture = command(["dpkg", "--print-architecture"], "Build the .deb on Debian or Ubuntu.").strip()
    fields = {
        "Package": package.name,
        "Version": package.version,
        "Architecture": architecture,
        "Maintainer": "The Whimbrel authors <whimbrel@localhost>",
        "Installed-Size": str(round(size_mb(root) * 1e6 / 1024)),
        "Depends": ", ".join(package.depends),
        "Section": "science",
        "Priority": "optional",
        "Description": f"{package.summary}\n {package.description}",
    }
    text = "".join(f"{field}: {value}\n" for field, value in fields.items() if value)
    (folder / "control").write_text(text, encoding="utf-8")
    for script in ("prerm", "postrm"):
        source = LINUX / f"{package.name}.{script}"
        if source.is_file():
            shutil.copy(source, folder / script)
            (folder / script).chmod(0o755)


def depends(bundle: Path, by_name: Iterable[str] = QT_LIBRARIES.values()) -> tuple[str, ...]:
    """The Debian packages of the libraries that the bundle needs and does not carry, and those of libraries
    that are loaded `by_name`. The C library must not be older than the build machine's."""
    carried = {path.name for path in bundle.rglob("*") if path.is_file()}
    needed = {name for path in binaries(bundle) for name in needed_by(path)} - carried
    packages = set(debian_packages(needed))
    libc = (os.confstr("CS_GNU_LIBC_VERSION") or "glibc 0").split()[1]
    names = sorted((packages | set(by_name)) - {"libc6"})
    return (f"libc6 (>= {libc})", *(f"{name} | {name}t64" if name in _RENAMED else name for name in names))


def binaries(bundle: Path) -> Iterator[Path]:
    """Every ELF file of a bundle."""
    for path in bundle.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as content:
                if content.read(4) == b"\x7fELF":
                    yield path


def needed_by(path: Path) -> Iterable[str]:
    """The libraries that an ELF file was linked with."""
    told = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=False)
    return _NEEDED.findall(told.stdout)
