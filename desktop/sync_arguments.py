"""The arguments of `whimbrel sync`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

SYNC = """\
Sends what was recorded to your team's collector: after you agreed, once, whatever the network does.
Where Whimbrel runs already it does this by itself; this asks it to do so now.

  whimbrel sync enrol https://collector.example.org K7QF-2M9T-4XHB-W0CD
  whimbrel sync preview                  what would go, exactly
  whimbrel sync agree --file-names       yes, with file names
  whimbrel sync                          send until all is sent
  whimbrel sync status --json            recorded = accepted + waiting + rejected + dropped
"""
Add = Callable[..., argparse.ArgumentParser]
_MODULE = "desktop.sync_commands"


def add_sync(commands: Any, add: Add, parser_class: type[argparse.ArgumentParser]) -> list[Any]:  # noqa: ANN401
    """Adds `sync` and its commands; returns their parsers."""
    sync = add(commands, "sync", "send to your team's collector", f"{_MODULE}:send", SYNC)
    sync.add_argument("--once", action="store_true", help="give up at the first failure")
    parts = sync.add_subparsers(metavar="COMMAND", parser_class=parser_class)
    status = add(parts, "status", "where everything is, and what happens next", f"{_MODULE}:status")
    status.add_argument("--json", action="store_true", help="print JSON for programs")
    enrol = add(parts, "enrol", "connect this device to a collector", f"{_MODULE}:enrol")
    enrol.add_argument("url", metavar="URL", help="address of the collector")
    enrol.add_argument("code", metavar="CODE", help="the code that your team gave you; it works once")
    leave = add(parts, "leave", "disconnect this device", f"{_MODULE}:leave")
    leave.add_argument("--anyway", action="store_true", help="even if a withdrawal was not heard yet")
    below = [status, enrol, leave, *_add_consent(parts, add), *_add_rest(parts, add)]
    for parser in below:  # a setting that is given before the command's name counts, too
        parser.argument_default = argparse.SUPPRESS
    return [sync, *below]


def _add_consent(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    preview = add(parts, "preview", "print what would be sent next, exactly", f"{_MODULE}:preview")
    preview.add_argument("--most", type=int, default=500, metavar="N", help="of the first N records")
    agree = add(parts, "agree", "agree to send what was recorded", f"{_MODULE}:agree")
    agree.add_argument("--yes", action="store_true", help="do not ask")
    for parser in (preview, agree):
        parser.add_argument("--embeddings", action="store_true", help="with the numbers of each picture")
        parser.add_argument("--crops", action="store_true", help="with the 224-pixel square of each picture")
        parser.add_argument("--file-names", action="store_true", help="with file names")
        parser.add_argument("--places", choices=("off", "coarse", "exact"), default="off")
    withdraw = add(parts, "withdraw", "take that back, and erase it there", f"{_MODULE}:withdraw")
    withdraw.add_argument(
        "scope", choices=("all", "embeddings", "crops", "file_names", "places"), metavar="WHAT",
        help="all, embeddings, crops, file_names or places",
    )  # fmt: skip
    withdraw.add_argument("--yes", action="store_true", help="do not ask")
    return [preview, agree, withdraw]


def _add_rest(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    rejected = add(parts, "rejected", "what the collector refuses", f"{_MODULE}:rejected")
    then = rejected.add_mutually_exclusive_group()
    then.add_argument("--export", metavar="FILE", help="write the records into a file")
    then.add_argument("--again", action="store_true", help="send all of them again")
    then.add_argument("--discard", action="store_true", help="let go of all of them; they stay here")
    return [
        add(parts, "pause", "send nothing for a while", f"{_MODULE}:pause"),
        add(parts, "resume", "go on sending", f"{_MODULE}:resume"),
        rejected,
    ]
