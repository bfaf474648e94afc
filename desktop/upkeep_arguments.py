"""The arguments of `whimbrel retention` and `whimbrel erase`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

RETENTION = """\
Shows how long each kind of data is kept and what is over its limits now, and removes that. The limits are
set in the page, under Model. Corrections and what they speak of are never removed for their age.
"""
ERASE = """\
Erases everything about a picture, a session, or all that Whimbrel remembers, bytes and backups included.
What goes is shown first; it can't be undone. Models and settings stay.

  whimbrel erase --picture ~/Pictures/IMG_0042.jpg
"""
Add = Callable[..., argparse.ArgumentParser]


def add_upkeep(commands: Any, add: Add, parser_class: type[argparse.ArgumentParser]) -> list[Any]:  # noqa: ANN401
    """Adds both commands; returns their parsers."""
    module = "desktop.upkeep_commands"
    retention = commands.add_parser("retention", help="what is kept for how long", description=RETENTION)
    parts = retention.add_subparsers(metavar="COMMAND", parser_class=parser_class, required=True)
    show = add(parts, "show", "the limits, what is over them, and what went", f"{module}:show")
    run = add(parts, "run", "remove what is over its limits", f"{module}:run", RETENTION)
    erase = add(commands, "erase", "erase a picture, a session or everything", f"{module}:erase", ERASE)
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--picture", metavar="FILE", help="a picture's file, or its SHA-256")
    what.add_argument("--session", metavar="ID", help="a session, as exports and History name it")
    what.add_argument("--everything", action="store_true", help="all records, pictures and corrections")
    erase.add_argument(
        "--damaged-copies", action="store_true", help="also damaged memories, set aside before"
    )
    for parser in (run, erase):
        parser.add_argument("--yes", action="store_true", help="do not ask")
    return [show, run, erase]
