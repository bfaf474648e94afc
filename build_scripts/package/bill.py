"""What lies in a bundle beside the program: its bill of materials (CycloneDX) and everybody's licences."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from build_scripts._steps import ROOT
from build_scripts.package.parts import Part

BILL = "whimbrel.cdx.json"
LICENCES = "licences"
_QT = """\
The window is shown by Qt and Qt WebEngine, used through Qt for Python (PySide6), under the GNU Lesser
General Public License, version 3. They lie in _internal/PySide6 as libraries of their own: you may put your
own builds of the same version in their place, and Whimbrel uses those. Their sources are offered by The Qt
Company and the Qt Project with each release; Qt WebEngine contains Chromium, whose parts and licences are
listed by Qt's documentation, "Qt WebEngine Licensing". Whimbrel changes nothing in them.
"""


def write_bill(bundle: Path, name: str, version: str, found: Sequence[Part]) -> None:
    """Write both into the bundle; what was there is replaced."""
    (bundle / BILL).write_text(bill_of(name, version, found), encoding="utf-8")
    folder = bundle / LICENCES
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(ROOT / "LICENSE", folder / "whimbrel.txt")
    for part in found:
        (folder / _file_of(part)).write_text("\n\n".join(part.texts), encoding="utf-8")
    (folder / "README.txt").write_text(_index(name, version, found), encoding="utf-8")


def bill_of(name: str, version: str, found: Sequence[Part]) -> str:
    """The bill of materials as CycloneDX 1.6 JSON."""
    licences = LicenseFactory()
    bom = Bom()
    bom.metadata.component = whole = Component(
        name=name, version=version, type=ComponentType.APPLICATION, licenses=[licences.make_with_id("MIT")]
    )
    for part in found:
        stated = [licences.make_from_string(part.licence)] if part.licence else []
        purl = PackageURL(part.registry, _namespace(part), _bare(part), part.version)
        component = Component(
            name=part.name, version=part.version, purl=purl, licenses=stated, bom_ref=str(purl)
        )
        bom.components.add(component)
        bom.register_dependency(whole, [component])
    return str(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2))


def _namespace(part: Part) -> str | None:
    if part.registry == "deb":
        return "debian"
    return part.name.rpartition("/")[0] or None


def _bare(part: Part) -> str:
    return part.name.rpartition("/")[2]


def _file_of(part: Part) -> str:
    return f"{part.registry}-{part.name}-{part.version}.txt".replace("/", "-").replace(":", "-")


def _index(name: str, version: str, found: Sequence[Part]) -> str:
    lines = [f"{part.name} {part.version}\n    {part.licence}\n    {_file_of(part)}" for part in found]
    head = f"{name} {version} is under the MIT licence (whimbrel.txt). It carries these parts of others:\n"
    return "\n".join([head, *lines, "", _QT])
