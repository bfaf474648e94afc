"""The arguments of `whimbrel bundle`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUNDLE = """\
For places with no network: what waits for your team's collector goes there in a file.

  whimbrel bundle write /media/stick/anna.whimbrel      here: what waits, signed
  whimbrel bundle relay /media/stick/anna.whimbrel      on a colleague's laptop that has a network
  whimbrel collect read anna.whimbrel                   or at the collector itself
  whimbrel bundle receipt /media/stick/anna.whimbrel.receipt   here again: now it counts as sent

What is in the file waits here all the same until its receipt is back; sending it twice changes nothing.
The file is signed, not encrypted: whoever has it can read what you agreed to send.
"""
Add = Callable[..., argparse.ArgumentParser]
_MODULE = "desktop.bundle_commands"


def add_bundle(commands: Any, add: Add, parser_class: type[argparse.ArgumentParser]) -> list[Any]:  # noqa: ANN401
    """Adds `bundle` and its commands; returns their parsers."""
    bundle = commands.add_parser(
        "bundle",
        help="send in a file, where there is no network",
        description=BUNDLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = bundle.add_subparsers(metavar="COMMAND", parser_class=parser_class, required=True)
    write = add(parts, "write", "write what waits into a file", f"{_MODULE}:write")
    write.add_argument("file", type=Path, metavar="FILE", help="file to write")
    write.add_argument("--most", type=_number, metavar="N", help="the first N records only")
    write.add_argument("--force", action="store_true", help="replace the file if it is there")
    receipt = add(parts, "receipt", "count what the collector signed for", f"{_MODULE}:receipt")
    receipt.add_argument("file", type=Path, metavar="FILE", help="receipt that came back")
    relay = add(parts, "relay", "pass a colleague's file on to the collector", f"{_MODULE}:relay")
    relay.add_argument("file", type=Path, metavar="FILE", help="file that a colleague's device wrote")
    return [write, receipt, relay]


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number < 2**53:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of records")
    return number
