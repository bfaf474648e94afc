"""The arguments of `whimbrel collect release`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.release_arguments import add_terms

RELEASE = """\
Hands signed model releases out to devices (docs/releases.md):

  whimbrel collect release make MODEL DIR --number 7           of a model that is at the collector
  whimbrel collect release keys team.key.pub spare.key.pub     once, before devices enrol
  whimbrel collect release add DIR --percent 10                a tenth of the devices at first
  whimbrel collect release resume 7 --percent 100              all of them
"""
Add = Callable[..., argparse.ArgumentParser]
_MODULE = "desktop.collect_release_commands"
_MODELS = "desktop.collect_model_commands"
_MOST = 100


def _percent(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage: give a number from 0 to 100")
    return int(text)


def add_collect_release(
    parts: Any,  # noqa: ANN401 - argparse names no public type
    add: Add,
    parser_class: type[argparse.ArgumentParser],
) -> list[argparse.ArgumentParser]:
    """Adds the commands; returns their parsers."""
    release = parts.add_parser(
        "release",
        help="hand signed model releases out to devices",
        description=RELEASE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = release.add_subparsers(metavar="COMMAND", parser_class=parser_class, required=True)
    return [_make(commands, add), *_keys(commands, add), *_releases(commands, add)]


def add_collect_models(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    """Adds the commands for models that are no releases yet; returns their parsers."""
    shown = add(parts, "models", "of which models releases can be made", f"{_MODELS}:show")
    shown.add_argument("--json", action="store_true", help="print JSON for programs")
    put = add(parts, "add-model", "keep a model for releases", f"{_MODELS}:put")
    put.add_argument(
        "folder", type=Path, metavar="DIR", help="folder that `whimbrel release make` wrote, unsigned"
    )
    return [shown, put]


def _make(commands: Any, add: Add) -> argparse.ArgumentParser:  # noqa: ANN401
    make = add(commands, "make", "write a model as an unsigned release", f"{_MODELS}:make")
    make.add_argument("model", metavar="MODEL", help="id (its start is enough) or name")
    add_terms(make)
    make.add_argument("--anyway", action="store_true", help="also if it did not pass its checks")
    return make


def _keys(commands: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    keys = add(commands, "keys", "show the release keys, or set the first ones", f"{_MODULE}:keys")
    keys.add_argument("public", type=Path, nargs="*", metavar="PUB", help="a public key, or one and a spare")
    change = add(commands, "change-keys", "take a signed change of release keys", f"{_MODULE}:change_keys")
    change.add_argument("file", type=Path, metavar="FILE", help="file that `whimbrel release rotate` wrote")
    return [keys, change]


def _releases(commands: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    put = add(commands, "add", "keep a signed release and offer it", f"{_MODULE}:put")
    put.add_argument("folder", type=Path, metavar="DIR", help="folder of the signed release")
    put.add_argument(
        "--group", action="append", metavar="NAME", help="for this group of devices; all if none"
    )
    put.add_argument("--percent", type=_percent, default=_MOST, metavar="N", help="of the devices (100)")
    resume = add(commands, "resume", "offer it again, or to more devices", f"{_MODULE}:resume")
    resume.add_argument("--percent", type=_percent, metavar="N", help="of the devices; as before if not said")
    pause = add(commands, "pause", "offer it to nobody for now", f"{_MODULE}:pause")
    withdraw = add(commands, "withdraw", "hand it out to nobody any more", f"{_MODULE}:withdraw")
    for parser in (resume, pause, withdraw):
        parser.add_argument("number", type=int, metavar="N", help="number of the release")
    shown = add(commands, "list", "which there are, and what devices said of them", f"{_MODULE}:show")
    shown.add_argument("--json", action="store_true", help="print JSON for programs")
    return [put, resume, pause, withdraw, shown]
