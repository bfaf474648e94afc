"""`dev.py package`: the bundle, its bill of materials and licences, the .deb and the tarball, its figures.

    python3 build_scripts/dev.py package             the program
    python3 build_scripts/dev.py package --trainer   TensorFlow as an executable of its own, whimbrel-trainer

All of it lies in dist/ afterwards. The last line is JSON: {"unpacked_mb", "packed_mb", "window_s",
"first_picture_s"}, the last two measured on what was packed, with no network, under Xvfb.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

from build_scripts._steps import ROOT, StepError, command, timed
from build_scripts.package.bill import write_bill
from build_scripts.package.contents import size_mb
from build_scripts.package.debian import LINUX, Package, depends, make_deb
from build_scripts.package.parts import parts
from build_scripts.package.pictures import draw_icons
from store.models.training_component import training_python

WORK = ROOT / "build" / "package"
ART = WORK / "art"
DIST = ROOT / "dist"
SPECS = ROOT / "build_scripts" / "package"
_RETRY = "Mend what it names, then run the same command again."
# Of these a third is names for debuggers. Libraries of wheels keep theirs: strip breaks what patchelf moved.
_STRIPPED = (
    "_internal/libpython*.so*",
    "_internal/cryptography/hazmat/bindings/*.so",
    "_internal/python3*/lib-dynload/*.so",
)
_SUMMARY = "Recognises what is in photographs, on this computer"
_DESCRIPTION = (
    "Whimbrel recognises what is in photographs and camera pictures with no network,\n"
    " remembers every answer, and learns from corrections. Pictures never leave the computer."
)
_TRAINS = "Trains whole networks for Whimbrel, and reads and writes models of TensorFlow"
_WHAT_IT_TRAINS = "Learning the last layer, which takes seconds, does not need it."


def main(arguments: list[str]) -> int:
    """Build, and pack and measure where that is Linux; the exit status."""
    figures = make_trainer() if "--trainer" in arguments else make_program()
    if sys.platform.startswith("linux") and not {"--trainer", "--without-starts"} & set(arguments):
        with timed("Starts"):
            figures |= measured()
    print(json.dumps(figures))
    return 0


def make_program() -> dict[str, float]:
    """The program's bundle, and on Linux its packages; how large they are."""
    release = version("whimbrel")
    with timed("Icons"):
        draw_icons(ART)
    with timed("Bundle (PyInstaller)"):
        bundle = build("whimbrel", Path(sys.executable))
    with timed("Bill of materials and licences"):
        write_bill(bundle, "Whimbrel", release, parts(bundle))
    figures: dict[str, float] = {"unpacked_mb": round(size_mb(bundle))}
    if sys.platform.startswith("linux"):
        package = Package("whimbrel", release, depends(bundle), _SUMMARY, _DESCRIPTION)
        figures["packed_mb"] = packed(package, bundle, ART / "icons")
        with timed("Tarball"):
            make_tarball(bundle, release)
    return figures


def make_trainer() -> dict[str, float]:
    """The trainer's bundle, and on Linux its package; how large they are."""
    release = version("whimbrel")
    python = training_python({})
    if python is None:
        raise StepError("The trainer is built with the training component: `dev.py training` first.")
    with timed("PyInstaller beside TensorFlow"):
        pins = ROOT / "requirements" / "package.txt"
        command([python, "-m", "pip", "install", "--quiet", "--no-input", "-r", pins], _RETRY)
    with timed("Trainer (PyInstaller)"):
        bundle = build("whimbrel-trainer", python)
    with timed("Bill of materials and licences"):
        write_bill(bundle, "Whimbrel's trainer", release, parts(bundle, page=False))
    figures: dict[str, float] = {"unpacked_mb": round(size_mb(bundle))}
    if sys.platform.startswith("linux"):
        package = Package("whimbrel-trainer", release, depends(bundle, ()), _TRAINS, _WHAT_IT_TRAINS)
        figures["packed_mb"] = packed(package, bundle, None)
    return figures


def packed(package: Package, bundle: Path, icons: Path | None) -> float:
    """Make the .deb in the place of earlier ones; its megabytes."""
    DIST.mkdir(exist_ok=True)
    for before in [*DIST.glob(f"{package.name}_*"), *DIST.glob(f"{package.name}-[0-9]*")]:
        before.unlink()
    with timed(".deb"):
        return round(make_deb(package, bundle, icons, DIST).stat().st_size / 1e6)


def measured() -> dict[str, float]:
    """How fast what was packed starts, whatever the targets say of it. Raises StepError where it does not."""
    words = [sys.executable, str(ROOT / "benchmarks" / "package_start.py")]
    told = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False).stdout.splitlines()
    if not told:
        raise StepError("The package was built, and does not start (above).")
    figures = json.loads(told[-1])
    return {name: figures[name] for name in ("window_s", "first_picture_s")}


def build(name: str, python: Path) -> Path:
    """Have this Python's PyInstaller build a bundle by its recipe; the folder of it."""
    words = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"]
    words += ["--distpath", str(WORK / "dist"), "--workpath", str(WORK / "work")]
    command([*words, SPECS / f"{name}.spec"], _RETRY, environment={"PYTHONPATH": str(ROOT)})
    bundle = WORK / "dist" / name
    for pattern in _STRIPPED if sys.platform.startswith("linux") else ():
        for library in bundle.glob(pattern):
            if not library.is_symlink():
                command(["strip", "--strip-unneeded", library], "Install binutils.")
    return bundle


def make_tarball(bundle: Path, release: str) -> Path:
    """Pack a bundle for those without dpkg or root, with the script that installs it for one user."""
    name = f"whimbrel-{release}-linux"
    made = DIST / f"{name}.tar.gz"
    with tarfile.open(made, "w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as packed:
        packed.add(bundle, f"{name}/whimbrel", filter=_of_nobody)
        packed.add(ART / "icons", f"{name}/icons", filter=_of_nobody)
        for file in ("install.sh", "uninstall.sh", "whimbrel.desktop"):
            packed.add(LINUX / file, f"{name}/{file}", filter=_of_nobody)
    return made


def _of_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StepError as failure:
        sys.exit(str(failure))
