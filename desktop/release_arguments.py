"""The arguments of `whimbrel release` and its commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

RELEASE = """\
Makes and signs model releases. The key stays offline, away from the collector:

  whimbrel release keygen team.key                    once; team.key.pub is what devices get to know
  whimbrel release make VERSION DIR --number 7        where the model is
  whimbrel release sign DIR --key team.key            where the key is
  whimbrel release verify DIR --root team.key.pub     anywhere
docs/releases.md says what a device checks.
"""
KEYGEN = """\
Makes a key pair: FILE for the one who signs, FILE.pub for everybody. Make two, and keep the second somewhere
else: devices know both, and with either the other can be replaced.
"""
MAKE = """\
Writes a version's files and an unsigned manifest into a new folder. With --head-only the network stays
behind: such a release is small, and a device needs the network that it was made for.
"""
ROTATE = """\
Writes a signed change of keys: those of --now hold from then on, instead of those of --was.

  whimbrel release rotate change.json --key old.key --was old.key.pub spare.pub --now new.key.pub spare.pub
"""
DAYS = 365.0
Add = Callable[..., argparse.ArgumentParser]
_MODULE = "desktop.release_commands"


def add_release(commands: Any, add: Add, parser_class: type[argparse.ArgumentParser]) -> list[Any]:  # noqa: ANN401
    """Adds the commands; returns their parsers."""
    release = commands.add_parser(
        "release",
        help="make, sign and verify model releases",
        description=RELEASE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = release.add_subparsers(metavar="COMMAND", parser_class=parser_class, required=True)
    return [_make(parts, add), *_keys(parts, add), *_signing(parts, add)]


def _make(parts: Any, add: Add) -> argparse.ArgumentParser:  # noqa: ANN401
    make = add(parts, "make", "write a version as an unsigned release", f"{_MODULE}:make", MAKE)
    make.add_argument("version", metavar="VERSION", help="id (its start is enough) or name")
    add_terms(make)
    return make


def add_terms(make: argparse.ArgumentParser) -> None:
    """Adds the arguments that say what a release is beside its model."""
    make.add_argument("folder", type=Path, metavar="DIR", help="folder to write; it may not be there yet")
    make.add_argument(
        "--number", type=int, required=True, metavar="N", help="greater than that of every release before"
    )
    make.add_argument("--head-only", action="store_true", help="without the network")
    make.add_argument(
        "--days", type=float, default=DAYS, metavar="N", help="how long it may be installed (365)"
    )
    make.add_argument("--needs", metavar="VERSION", help="oldest Whimbrel that may install it (this one)")
    make.add_argument(
        "--mirror", action="append", default=[], metavar="URL", help="folder that holds the files, too"
    )


def _keys(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    keygen = add(parts, "keygen", "make a key pair", f"{_MODULE}:keygen", KEYGEN)
    keygen.add_argument("file", type=Path, metavar="FILE", help="file to write; it may not be there yet")
    keygen.add_argument("--no-passphrase", action="store_true", help="do not lock the key with a passphrase")
    rotate = add(parts, "rotate", "replace keys by others", f"{_MODULE}:rotate", ROTATE)
    rotate.add_argument("file", type=Path, metavar="FILE", help="file to write")
    rotate.add_argument("--key", type=Path, required=True, metavar="FILE", help="a key that held before")
    for flag, about in (("--was", "public keys that held before"), ("--now", "those that hold from now on")):
        rotate.add_argument(flag, type=Path, required=True, nargs="+", metavar="PUB", help=about)
    return [keygen, rotate]


def _signing(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    sign = add(parts, "sign", "sign a release, after checking its files", f"{_MODULE}:sign")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key")
    verify = add(parts, "verify", "check a release as a device would", f"{_MODULE}:verify")
    verify.add_argument(
        "--root", type=Path, required=True, action="append", metavar="PUB", help="a public key to trust"
    )
    verify.add_argument(
        "--after", type=int, default=0, metavar="N", help="number of the release that was installed last"
    )
    install = add(parts, "install", "make a model of this device of it", "desktop.release_install:install")
    upload = add(parts, "upload", "hand a model in at the collector", "desktop.release_upload:upload")
    upload.add_argument("version", metavar="VERSION", help="id (its start is enough) or name")
    for parser in (sign, verify, install):
        parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the release")
    return [sign, verify, install, upload]
