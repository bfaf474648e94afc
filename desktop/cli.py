"""The command line. Imports nothing heavy: each command's module is loaded when it is called.

A start without arguments (a double-click) is `whimbrel run`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

from desktop import settings
from desktop.bundle_arguments import add_bundle
from desktop.collect_arguments import add_collect
from desktop.errors import PlainError
from desktop.publishing_arguments import add_publishing
from desktop.release_arguments import add_release
from desktop.sync_arguments import add_sync
from desktop.train_arguments import add_train
from desktop.upkeep_arguments import add_upkeep

EXAMPLES = """\
examples:
  whimbrel                               open Whimbrel (the same as `whimbrel run`)
  whimbrel run ~/Pictures/field          recognise a folder, in the window that is open or a new one
  whimbrel serve --no-browser            only serve; open the printed link in a browser
  whimbrel models list                   which models are installed, and which one is at work
  whimbrel models fetch mobilenet_v2 --alpha 0.5
  whimbrel models import birds.tflite --labels birds.txt --activate
  whimbrel train                         learn from what you confirmed and corrected
  whimbrel export csv sightings.csv      what Whimbrel remembers, for a spreadsheet
  whimbrel sync                          send to your team's collector
  whimbrel doctor                        what is wrong, and what to do about it

Every setting can also come from the environment (WHIMBREL_PORT=8080) or from settings.toml in the data
folder; a flag beats the environment, which beats the file. `whimbrel COMMAND --help` tells more.
"""
SERVE = """\
Serves Whimbrel on this machine and prints one line:
  Whimbrel is ready: http://127.0.0.1:PORT/enter?key=...
The link works once, for ten minutes; the browser that used it stays connected. Ctrl+C ends.
"""
RUN = """\
Opens Whimbrel in a window of its own; without a display or a window library in the browser, and says why.
If Whimbrel runs on this data folder already, its window (or a browser) comes to the front instead.
"""
FETCH = """\
Fetches a base model:
  mobilenet_v2 --alpha 1.0 | 0.75 | 0.5 | 0.35     ImageNet, Keras' official weights
  mobilenet_v1 --alpha 0.25                        the smallest
  starter                                          EfficientNet-Lite0, which came with the installation
An interrupted download goes on where it stopped. HTTPS_PROXY is respected.
"""
IMPORT = """\
Imports a model file of yours: .tflite (MobileNet V2), .keras, .h5, a SavedModel or TF.js folder, or a
Teachable Machine export. It becomes a candidate; `--activate` also puts it to work.

  whimbrel models import mobilenet_v2_1.0_224_inat_bird_quant.tflite --labels inat_bird_labels.txt
"""
TRAINING = """\
Installs the training component, TensorFlow in an environment of its own (1.6 GB), or completes it.
Only .keras, .h5 and SavedModel files need it; everything else works without.
"""
TRAINING_DATA = """\
Exports what Whimbrel remembers as training data:
  json, jsonl    the records with all their fields and embeddings
  csv            a table that a spreadsheet opens
  tfrecord       a folder of shards with images, labels and embeddings, and label_map.txt

  whimbrel export tfrecord ~/birds --min-confidence 0.9 --from 2026-05-01
"""


DOCTOR = """\
Looks at everything that a run needs, changes nothing, and says what to do.

  whimbrel doctor --diagnostics whimbrel-diagnostics.txt

writes that, versions, settings, counts and the end of the log into a file for somebody who helps you. Keys,
paths, names and pictures are taken out, and nothing is sent.
"""
# Said before numpy is loaded. Its matrices are small here: with a thread a core these wait for each other and
# spin. The first model takes 1.1 s of processor time with one thread and 2.5 with two, beside other work 7.6
# and 19 s.
_MATRIX_THREADS = ("OPENBLAS_NUM_THREADS", "1")


class _Parser(argparse.ArgumentParser):
    """Ends with one sentence and where help is."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{message[:1].upper()}{message[1:]}. `{self.prog} --help` shows what it takes.\n")
        sys.exit(2)


class _PrintVersion(argparse.Action):
    """`--version`, looked up only when asked for."""

    def __call__(self, *_: Any) -> NoReturn:  # noqa: ANN401 - argparse's signature
        from desktop.installed import app_version  # noqa: PLC0415

        print(f"whimbrel {app_version()}")
        sys.exit(0)


def _read(option: settings.Option) -> Callable[[str], Any]:
    def read(text: str) -> Any:  # noqa: ANN401 - of the option's own type
        try:
            return option.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} can't be used: {error}") from None

    return read


def _add_settings(parser: argparse.ArgumentParser, *names: str) -> None:
    group = parser.add_argument_group("settings")
    for option in settings.OPTIONS:
        if option.name not in (*names, "data_dir", "log_level"):
            continue
        if option.flag.startswith("--no-"):
            group.add_argument(
                option.flag, dest=option.name, action="store_const", const=False, help=option.help
            )
        else:
            group.add_argument(
                option.flag,
                dest=option.name,
                type=_read(option),
                metavar=option.name.rpartition("_")[2].upper(),
                help=option.help,
            )


def _add(commands: Any, name: str, does: str, entry: str, about: str = "") -> argparse.ArgumentParser:  # noqa: ANN401
    """Add a command; `entry` is `module:function`, imported when it is called."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=does, description=about or does, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(entry=entry)
    return parser


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _Parser(
        prog="whimbrel",
        description="Recognises what is in photographs, on your own machine, and remembers it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_PrintVersion, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser, required=True)
    run = _add(commands, "run", "open Whimbrel in its window", "desktop.run:run", RUN)
    run.add_argument("pictures", metavar="PICTURE", nargs="*", help="picture or folder to recognise at once")
    _add_settings(run, "port", "window", "open_browser")
    serve = _add(commands, "serve", "serve Whimbrel and print its link", "desktop.run:serve", SERVE)
    _add_settings(serve, "port", "open_browser")
    _add_model_commands(commands)
    training = commands.add_parser("training", help="the training component (TensorFlow)")
    component = training.add_subparsers(metavar="COMMAND", parser_class=_Parser, required=True)
    install = _add(component, "install", "install it", "desktop.training_commands:install", TRAINING)
    _add_settings(install)
    _add_settings(add_train(commands, _add))
    _add_export(commands)
    for command in add_upkeep(commands, _add, _Parser):
        _add_settings(command)
    for command in (*add_sync(commands, _add, _Parser), *add_bundle(commands, _add, _Parser)):
        _add_settings(command)
    _add_backup_commands(commands)
    for command in add_collect(commands, _add, _Parser):
        _add_settings(command)
    for command in add_release(commands, _add, _Parser):
        _add_settings(command)
    doctor = _add(
        commands, "doctor", "what is wrong, and what to do about it", "desktop.doctor_command:doctor", DOCTOR
    )
    doctor.add_argument("--diagnostics", metavar="FILE", help="write the diagnostics file instead")
    doctor.add_argument("--look-at-window", action="store_true", help=argparse.SUPPRESS)
    _add_settings(doctor)
    return parser


def _add_model_commands(commands: Any) -> None:  # noqa: ANN401 - argparse names no public type
    parser = commands.add_parser("models", help="list, fetch, import, activate, export and compress models")
    models = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser, required=True)
    module = "desktop.models_commands"
    added = {
        "list": _add(models, "list", "which models are installed", f"{module}:show"),
        "fetch": _add(models, "fetch", "fetch a base model", f"{module}:fetch", FETCH),
        "import": _add(models, "import", "import a model file of yours", f"{module}:bring_in", IMPORT),
        "activate": _add(models, "activate", "put a version to work", f"{module}:activate"),
        "rollback": _add(models, "rollback", "go back to the version before", f"{module}:rollback"),
    }
    added["list"].add_argument("--json", action="store_true", help="print JSON for programs")
    added["fetch"].add_argument("name", metavar="NAME", help="mobilenet_v2, mobilenet_v1 or starter")
    added["fetch"].add_argument("--alpha", type=float, help="width of the network, such as 1.0 or 0.5")
    added["import"].add_argument("file", metavar="FILE", help="model file or folder")
    added["import"].add_argument("--labels", metavar="FILE", help="text file with one label a line")
    for name in ("fetch", "import"):
        added[name].add_argument("--activate", action="store_true", help="put it to work at once")
    added["activate"].add_argument("version", metavar="VERSION", help="id (its start is enough) or name")
    added["activate"].add_argument(
        "--anyway", action="store_true", help="even if it did not pass its own checks"
    )
    for command in [*added.values(), *add_publishing(models, _add)]:
        _add_settings(command)


def _add_backup_commands(commands: Any) -> None:  # noqa: ANN401
    module = "desktop.backup_commands"
    backup = commands.add_parser("backup", help="list, make and restore backups of what is remembered")
    backups = backup.add_subparsers(metavar="COMMAND", parser_class=_Parser, required=True)
    restore = _add(backups, "restore", "put a backup in the memory's place", f"{module}:restore")
    restore.add_argument("name", metavar="NAME", help="as `whimbrel backup list` prints it, or its number")
    recover = _add(commands, "recover", "after damage: restore, salvage or start fresh", f"{module}:recover")
    recover.add_argument("way", metavar="WAY", nargs="?", choices=("restore", "salvage", "fresh"))
    _add_settings(_add(backups, "list", "which backups there are", f"{module}:show"))
    _add_settings(_add(backups, "make", "make one now", f"{module}:make"))
    _add_settings(restore)
    _add_settings(recover)


def _add_export(commands: Any) -> None:  # noqa: ANN401
    entry = "desktop.export_command:export"
    export = _add(commands, "export", "export what is remembered as training data", entry, TRAINING_DATA)
    export.add_argument("form", metavar="FORMAT", choices=("json", "jsonl", "csv", "tfrecord"))
    export.add_argument("file", metavar="FILE", help="file to write; for tfrecord a new folder")
    say = export.add_argument_group("which records").add_argument
    say("--min-confidence", type=float, metavar="P", help="best answer at least this sure; corrections pass")
    say("--from", dest="since", metavar="TIME", help="from this time on, such as 2026-05-01 (UTC)")
    say("--to", dest="until", metavar="TIME", help="before this time")
    say("--label", help="with this label: the correction, else the best answer")
    say("--model-version", metavar="VERSION", help="answered by this model version")
    say("--source", choices=("file", "camera", "paste", "folder"), help="which way the picture came")
    say("--backend", help="computed by this backend, such as wasm")
    say("--session", metavar="ID", help="of this session")
    say(
        "--mark",
        choices=("right", "wrong", "unsure", "judged", "marked", "unmarked"),
        help="with this last word of yours",
    )
    say("--only-corrected", action="store_true", help="only what you corrected")
    say("--no-feedback", dest="feedback", action="store_false", help="without what you said of the answers")
    export.add_argument("--gzip", action="store_true", help="compress the file, or each shard")
    export.add_argument("--force", action="store_true", help="replace the file if it is there")
    _add_settings(export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line. Returns the exit status; what went wrong is one sentence on stderr."""
    os.environ.setdefault(*_MATRIX_THREADS)
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = build_parser().parse_args(words or ["run"])
    found: settings.Settings | None = None
    try:
        found = settings.load(vars(chosen), os.environ)
        module, _, name = chosen.entry.partition(":")
        return int(getattr(import_module(module), name)(found, chosen))
    except PlainError as error:
        print(error, file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return _explain(error, found)


def _explain(error: Exception, found: settings.Settings | None) -> int:
    """Say an error of the store's, which carries its sentence and advice; anything else is our own fault."""
    sentence, advice = getattr(error, "sentence", None), getattr(error, "advice", "")
    if sentence:
        print(f"{sentence} {advice}".strip(), file=sys.stderr)
        return 1
    from desktop.logs import log_failure  # noqa: PLC0415

    place = log_failure(error, found)
    print(
        f"Whimbrel made a mistake of its own ({type(error).__name__}: {error}). "
        f"Please report it{f', with {place}' if place else ''}.",
        file=sys.stderr,
    )
    return 70


if __name__ == "__main__":
    sys.exit(main())
