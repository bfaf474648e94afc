"""The arguments of `whimbrel collect` and its commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.collect_release_arguments import add_collect_models, add_collect_release
from desktop.settings import Option, parsed

COLLECT = """\
Receives what Whimbrels in the field send, on SQLite (in the data folder) or PostgreSQL:

  whimbrel collect --address 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
  whimbrel collect --database postgresql://whimbrel@db/whimbrel --behind-proxy
  whimbrel collect enrolment-code               what a device types to come in

Plain HTTP is answered on this machine alone, unless a proxy in front of it speaks HTTPS (--behind-proxy).
docs/collector.md takes a team from nothing to a running collector.
"""
ACCOUNT = """\
Makes an account for the team's pages, or gives one another role and password; asks for the password, or
takes the first line of standard input. The pages are at the collector's own address.
"""
READ = """\
Takes what a device wrote with `whimbrel bundle write`, beside a running collector or without, and writes
FILE.receipt, which counts at the device alone. A file that is cut off, changed or of another collector
changes nothing; one that is read twice changes nothing more.
"""
WORKER = """\
Takes batches out of the queue (--queue, or WHIMBREL_QUEUE) into the database, several in one transaction, and
tells the instance that took each in. As many may run as you like, and any of them may be killed.
"""
DATABASE_HELP = "a file, or postgresql://...; the data folder's collector.sqlite3 if not said"
DEFAULT_ADDRESS, DEFAULT_PORT = "127.0.0.1", 8474
_MOST_PORT = 65535
_MODULE = "desktop.collect_commands"
Add = Callable[..., argparse.ArgumentParser]


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > _MOST_PORT:
        raise ValueError("a port is a number from 0 (any that is free) to 65535")
    return int(text)


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


QUEUE = Option(
    "queue", None, _text, "--queue", "redis://...: batches wait there for `whimbrel collect worker`"
)
OPTIONS: tuple[Option, ...] = (
    Option("database", None, _text, "--database", DATABASE_HELP),
    Option(
        "collect_address", DEFAULT_ADDRESS, _text, "--address", f"to listen on; {DEFAULT_ADDRESS} if not said"
    ),
    Option("collect_port", DEFAULT_PORT, _port, "--port", f"to listen on; {DEFAULT_PORT} if not said"),
    Option("tls_cert", None, Path, "--tls-cert", "certificate with its chain, PEM"),
    Option("tls_key", None, Path, "--tls-key", "its key, PEM"),
    Option("analytics_url", None, _text, "--analytics-url", "a replica that statistics and exports read"),
    QUEUE,
)


def chosen_option(name: str, flags: argparse.Namespace, environment: Any) -> Any:  # noqa: ANN401 - the option's type
    """The value of one of `OPTIONS`: the flag, else the environment, else its default. Raises PlainError."""
    option = next(each for each in OPTIONS if each.name == name)
    given = getattr(flags, name, None)
    if given is not None:
        return given
    text = environment.get(option.variable)
    if text:
        return parsed(option, text, f"The environment variable {option.variable}")
    return option.default


def add_collect(commands: Any, add: Add, parser_class: type[argparse.ArgumentParser]) -> list[Any]:  # noqa: ANN401
    """Adds the command and its own commands; returns their parsers."""
    collect = add(
        commands, "collect", "receive what other Whimbrels send", "desktop.collect:collect", COLLECT
    )
    for option in OPTIONS:
        _add_option(collect, option)
    collect.add_argument(
        "--behind-proxy",
        action="store_true",
        help="a proxy in front speaks HTTPS; what it says of where requests come from is believed",
    )
    parts = collect.add_subparsers(metavar="COMMAND", parser_class=parser_class, required=False)
    added = [*_set_up(parts, add), *_senders(parts, add), *_care(parts, add)]
    added += [*add_collect_release(parts, add, parser_class), *add_collect_models(parts, add)]
    worker = add(parts, "worker", "keep what waits in the queue", "desktop.collect_queue:worker", WORKER)
    _add_option(worker, QUEUE, default=argparse.SUPPRESS)
    added.append(worker)
    for parser in added:
        _add_option(parser, OPTIONS[0], default=argparse.SUPPRESS)
    return [collect, *added]


def _add_option(parser: argparse.ArgumentParser, option: Option, **others: Any) -> None:  # noqa: ANN401
    def read(text: str) -> Any:  # noqa: ANN401
        try:
            return option.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} can't be used: {error}") from None

    name = option.flag.rpartition("-")[2].upper()
    parser.add_argument(option.flag, dest=option.name, type=read, metavar=name, help=option.help, **others)


def _set_up(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    migrate = add(parts, "migrate", "bring the database to this Whimbrel's schema", f"{_MODULE}:migrate")
    code = add(parts, "enrolment-code", "make a code that lets one device in", f"{_MODULE}:enrolment_code")
    code.add_argument("--group", metavar="NAME", help="group that the device comes into")
    code.add_argument("--hours", type=float, default=24.0, metavar="N", help="how long it is good (24)")
    token = add(parts, "token", "make a token for a program that is not Whimbrel", f"{_MODULE}:token")
    token.add_argument("name", metavar="NAME", help="what it is called in lists")
    token.add_argument(
        "--scope", required=True, choices=("statistics", "metrics", "exports"), help="what it may do"
    )
    return [migrate, code, token]


def _senders(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    devices = add(parts, "devices", "who sends, when last, and how much waits there", f"{_MODULE}:devices")
    devices.add_argument("--json", action="store_true", help="print JSON for programs")
    devices.add_argument(
        "--silent-for", type=float, metavar="DAYS", help="only those not heard of for so long"
    )
    revoke = add(parts, "revoke", "put a device or token out, at once", f"{_MODULE}:revoke")
    revoke.add_argument("device", metavar="DEVICE", help="its name, or the start of its id")
    account = add(parts, "account", "who of the team may see its pages", f"{_MODULE}:account", ACCOUNT)
    account.add_argument("name", metavar="NAME", nargs="?", help="without one, all are listed")
    account.add_argument("--role", choices=("viewer", "labeller", "admin"), default="viewer")
    account.add_argument("--close", action="store_true", help="let nobody in by it any more")
    return [devices, revoke, account]


def _care(parts: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401
    retention = add(parts, "retention", "how long what was sent is kept", f"{_MODULE}:retention")
    retention.add_argument(
        "--set", nargs=2, metavar=("KIND", "DAYS"), help="payloads, embeddings or crops; 0: for ever"
    )
    read = add(parts, "read", "take a bundle file, and sign for it", "desktop.collect_bundle:read", READ)
    read.add_argument("file", type=Path, metavar="FILE", help="file that `whimbrel bundle write` made")
    audit = add(parts, "audit", "who did what here", f"{_MODULE}:audit")
    backup = add(parts, "backup", "copy the whole collector into a file", f"{_MODULE}:backup")
    backup.add_argument("file", type=Path, metavar="FILE", help="file to write; it may not be there yet")
    restore = add(parts, "restore", "make a collector of such a copy", f"{_MODULE}:restore")
    restore.add_argument("file", type=Path, metavar="FILE", help="file that `backup` made")
    return [retention, read, audit, backup, restore]
