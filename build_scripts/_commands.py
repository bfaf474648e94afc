"""The commands of dev.py: which steps each needs, and what it then starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from build_scripts._page import PAGE, node_environment, npm, page_steps
from build_scripts._python import PYTHON, environment_steps, executable, training_steps
from build_scripts._steps import ROOT, StepError, do, say
from build_scripts._system import (
    bring,
    bring_headless,
    missing_for_package,
    missing_for_tests,
    missing_for_window,
    will_open_window,
)

MOST_WORKERS = 4
FAULT_SUITES = {"store": "fault_suite", "sync": "sync_faults"}
HELP = """\
python3 build_scripts/dev.py COMMAND [...]: sets up what is missing, then

  run [--no-window] [...]   opens Whimbrel (--no-window: serves it and prints the address);
                            what follows goes to `whimbrel run`
  test [...]                all tests; with arguments only pytest, which gets them
                            (dev.py test tests/test_desktop -k ready)
  nightly                   all tests, those that a usual run makes short at full length, and the
                            package and its tests (hours)
  lint                      ruff, and the contracts of who may import whom
  types                     mypy and tsc, both strict
  bench [NAME]              one of benchmarks/, or their names
  faults store [...]        the store's fault suite: kills, power cuts, bad disks (--help tells more)
  faults sync [...]         that of sending: devices and collectors killed, cut off, cloned, put back
  package [--trainer]       the program as people install it: bundle, .deb and tarball in dist/, with
                            its figures (--trainer: TensorFlow as an executable of its own)
  test-package [...]        installs that package on this machine (root), tries it as another user with
                            no network, and an upgrade from an older one; removes it again
  dev                       server and page, rebuilt and reloaded when a file changes
  setup                     only the set-up, of all that run and test need
  training                  the training component (TensorFlow, 1.6 GB) in .venv-training;
                            its tests skip without it
  help                      this

Set-up is done once, in .venv, webui/page/node_modules and webui/static; remove one and it is made anew.
"""


def main(arguments: Sequence[str]) -> int:
    """Carry out one command; returns the exit status."""
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("help", [])
    chosen = COMMANDS.get(name.lstrip("-") if name in ("-h", "--help") else name)
    if chosen is None:
        say(f"dev.py knows no command {name!r}.\n\n{HELP}")
        return 2
    try:
        return chosen(rest)
    except StepError as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("Stopped. Run the same command again: what is done stays done.")
        return 130


def _help(_: list[str]) -> int:
    print(HELP, end="")
    return 0


def _run(rest: list[str]) -> int:
    window = "--no-window" not in rest and will_open_window()
    do(environment_steps("base", *(["desktop"] if window else [])))
    if window:
        bring(missing_for_window(), "Whimbrel opens in the browser instead of its own window.")
    do(page_steps())
    return _become([executable("whimbrel"), "run", *rest])


def _prepare_tests() -> None:
    bring(missing_for_tests(), "The browser, window and spreadsheet tests are skipped.")
    bring_headless()
    do(environment_steps("base", "desktop", "collector", "queue", "dev"))
    do(page_steps())


def _setup(_: list[str]) -> int:
    _prepare_tests()
    say("All is set up.")
    return 0


def _training(_: list[str]) -> int:
    do(environment_steps("base"))
    do(training_steps())
    say("The training component is installed.")
    return 0


def _test(rest: list[str]) -> int:
    _prepare_tests()
    pytest: list[str | Path] = [PYTHON, "-m", "pytest", *rest]
    if rest:
        os.environ.update(node_environment())
        return _become(pytest)
    return _each(
        Part("Page's unit tests", npm("test"), PAGE),
        Part("Tests", [*pytest, *_side_by_side(), "--durations=60"], ROOT),
    )


def _nightly(_: list[str]) -> int:
    _prepare_tests()
    os.environ.update(node_environment() | {"WHIMBREL_FULL_LENGTH": "1"})
    tests: list[str | Path] = [PYTHON, "-m", "pytest", *_side_by_side(), "--durations=15", "--timeout=7200"]
    dev: list[str | Path] = [sys.executable, ROOT / "build_scripts" / "dev.py"]
    return _each(
        Part("Tests", tests, ROOT),
        Part("Package", [*dev, "package"], ROOT),
        Part("Installed package", [*dev, "test-package"], ROOT),
    )


def _side_by_side() -> list[str]:
    """A file's tests stay together, since they share a browser. They wait often: one more than cores."""
    workers = min(MOST_WORKERS, (os.cpu_count() or 1) + 1)
    return ["--numprocesses", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def _lint(_: list[str]) -> int:
    do(environment_steps("base", "collector", "queue", "dev"))
    return _each(
        Part("Lint", [executable("ruff"), "check", "."], ROOT),
        Part("Format", [executable("ruff"), "format", "--check", "."], ROOT),
        Part("Import contracts", [executable("lint-imports")], ROOT),
    )


def _types(_: list[str]) -> int:
    do(environment_steps("base", "collector", "queue", "dev"))
    do(page_steps())
    return _each(
        Part("Types (Python)", [executable("mypy")], ROOT),
        Part("Types (page)", npm("run", "--silent", "typecheck"), PAGE),
    )


def _bench(rest: list[str]) -> int:
    folder = ROOT / "benchmarks"
    known = sorted(path.stem for path in folder.glob("[!_]*.py"))
    chosen = [name for name in known if rest and name.startswith(rest[0])]
    if rest and rest[0] in known:
        chosen = [rest[0]]
    if len(chosen) != 1:
        print("\n".join(["Benchmarks (dev.py bench NAME; the start of a name is enough):", *known]))
        return 2 if rest else 0
    _prepare_tests()
    os.environ.update(node_environment())
    return _become([PYTHON, folder / f"{chosen[0]}.py", *rest[1:]])


def _faults(rest: list[str]) -> int:
    folder = FAULT_SUITES.get(rest[0]) if rest else None
    if folder is None:
        print("\n".join(["Fault suites (dev.py faults NAME; --help after it tells more):", *FAULT_SUITES]))
        return 2 if rest else 0
    do(environment_steps("base", "desktop", "collector", "queue", "dev"))
    do(page_steps())
    return _become([PYTHON, ROOT / "tests" / "support" / folder / "run.py", *rest[1:]])


def _package(rest: list[str]) -> int:
    bring(missing_for_package(), "Without them the package can't be built.")
    do(environment_steps("base", "desktop", "collector", "package", "dev"))
    do([*page_steps(), *(training_steps() if "--trainer" in rest else [])])
    return _become([PYTHON, "-m", "build_scripts.package", *rest])


def _test_package(rest: list[str]) -> int:
    """In namespaces of its own: loopback is the only network, and what is mounted is seen by nobody else."""
    if not any((ROOT / "dist").glob("whimbrel_*.deb")):
        say("There is no package in dist/ yet: `dev.py package` makes it.")
        return 1
    _prepare_tests()
    do(environment_steps("package"))
    if subprocess.run([PYTHON, "-m", "build_scripts.package.older"], cwd=ROOT, check=False).returncode != 0:
        return 1
    os.environ.update(node_environment() | {"WHIMBREL_PACKAGE_TESTS": "1"})
    pytest: list[str | Path] = [PYTHON, "-m", "pytest", "tests/test_package", *rest]
    return _become(["unshare", "--net", "--mount", *pytest])


def _dev(rest: list[str]) -> int:
    do(environment_steps("base"))
    do(page_steps())
    from build_scripts._watch import watch  # noqa: PLC0415 - only this command needs it

    return watch(rest)


@dataclass(frozen=True)
class Part:
    """One of several programs that a command runs, and where."""

    name: str
    words: Sequence[str | Path]
    folder: Path


def _each(*parts: Part) -> int:
    """Run every part, whatever the others did; say where the time went. Returns the worst exit status."""
    worst, figures = 0, []
    for part in parts:
        say(f"== {part.name}")
        started = time.monotonic()
        environment = os.environ | node_environment()
        status = subprocess.run(part.words, cwd=part.folder, env=environment, check=False).returncode
        figures.append(f"{part.name} {time.monotonic() - started:.1f} s{'' if status == 0 else ' (failed)'}")
        worst = max(worst, status)
    say("== " + ", ".join(figures))
    return worst


def _become(words: Sequence[str | Path]) -> int:
    """Start a program in this one's place, so that signals and the terminal are its own."""
    texts = [str(word) for word in words]
    sys.stdout.flush()
    if os.name == "nt":
        return subprocess.run(texts, cwd=ROOT, check=False).returncode
    os.chdir(ROOT)
    os.execvp(texts[0], texts)  # noqa: S606 - no shell is wanted
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": _run,
    "test": _test,
    "nightly": _nightly,
    "lint": _lint,
    "types": _types,
    "bench": _bench,
    "faults": _faults,
    "package": _package,
    "test-package": _test_package,
    "dev": _dev,
    "setup": _setup,
    "training": _training,
    "help": _help,
    "h": _help,
}
