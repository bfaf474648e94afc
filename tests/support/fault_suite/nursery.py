"""Starts processes that are to be killed: a nursery that has imported everything forks them in milliseconds.

Run as a program (`python nursery.py [SABOTAGE]`) it is that nursery. It reads one line of JSON a child:
`["serve", DATA_DIR]` or serve-large, `["prepare", DATA_DIR]` (brings the first model) or `["store",
DATA_DIR, FIRST, CLIENTS]`; forks, prints `pid N`, lets the child print, and when that has ended prints
`ended STATUS`. A `serve` child is `whimbrel serve --no-browser` from its command line on: all that a real
start does but starting Python and importing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[3]
READY = re.compile(r"^Whimbrel is ready: http://127\.0\.0\.1:(\d+)/")
NURSERY_ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support'}",
}


class Ended(Exception):  # noqa: N818 - not always an error
    """The child ended before it said what was waited for."""


class Child:
    """A process that prints lines and can be killed."""

    pid: int

    def line(self) -> str:
        """The next line that it prints. Raises Ended."""
        raise NotImplementedError

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, also where it has just ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self) -> tuple[int, list[str]]:
        """Waits for its end; the exit status (-9 where it was killed) and the lines not yet read."""
        raise NotImplementedError

    def port(self) -> int:
        """Waits for the ready line of a server. Raises Ended with what it printed instead."""
        told: list[str] = []
        try:
            while not (found := READY.match(told[-1] if told else "")):
                told.append(self.line())
        except Ended as ended:
            raise Ended("\n".join([*told, str(ended)])) from None
        return int(found[1])


class Nursery:
    """Forks children; one at a time. `program` is the nursery's own, which knows what children there are."""

    def __init__(self, sabotage: str | None = None, program: str = __file__) -> None:
        command = [sys.executable, program, *([sabotage] if sabotage else [])]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | NURSERY_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fork(self, *what: object) -> Child:
        """A child that does this, as soon as it runs."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([str(word) for word in what]) + "\n")
        self._process.stdin.flush()
        return _Forked(self._process, int(self._line().removeprefix("pid ")))

    def prepare(self, folder: Path) -> Path:
        """A data folder with the first model at work in it."""
        status, told = self.fork("prepare", folder).end()
        assert status == 0, told
        return folder

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the nursery ended")
        return line.rstrip("\n")

    def close(self) -> None:
        """Ends the nursery, which waits for its last child."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()


class _Forked(Child):
    def __init__(self, nursery: subprocess.Popen[str], pid: int) -> None:
        self._nursery = nursery
        self._status: int | None = None
        self.pid = pid

    def line(self) -> str:
        assert self._nursery.stdout is not None
        line = self._nursery.stdout.readline().rstrip("\n")
        if line.startswith("ended ") or not line:
            self._status = int(line.removeprefix("ended ") or 1)
            raise Ended(f"it ended with {self._status}")
        return line

    def end(self) -> tuple[int, list[str]]:
        rest: list[str] = []
        while self._status is None:
            try:
                rest.append(self.line())
            except Ended:
                break
        return self._status if self._status is not None else 1, rest


class Program(Child):
    """`whimbrel serve --no-browser`, started as a user starts it."""

    def __init__(self, data_dir: Path) -> None:
        command = [sys.executable, "-m", "desktop.cli", "serve", "--no-browser", "--data-dir", str(data_dir)]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.pid = self._process.pid

    def line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().rstrip("\n")
        if not line:
            raise Ended(f"it ended with {self._process.wait()}")
        return line

    def end(self) -> tuple[int, list[str]]:
        with self._process as process:
            assert process.stdout is not None
            rest = process.stdout.read().splitlines()
        return process.returncode, rest


def _serve(data_dir: str) -> int:
    from desktop.cli import main

    return main(["serve", "--no-browser", "--data-dir", data_dir])


def _serve_large(data_dir: str) -> int:
    """As a server with a file so large that its check is put off until the page is open."""
    from store.local import opening

    opening.CHECKED_AT_ONCE_BYTES = 0
    return _serve(data_dir)


def _prepare(data_dir: str) -> int:
    from desktop.cli import main

    return main(["models", "fetch", "starter", "--data-dir", data_dir])


def _store(data_dir: str, first: str, clients: str) -> int:
    from fault_suite.store_child import main

    return main(Path(data_dir), int(first), int(clients))


def _import_all() -> None:
    import fault_suite.store_child  # noqa: F401

    import desktop.assemble
    import desktop.run  # noqa: F401
    import store.models.starter  # noqa: F401
    import webui.local.application  # noqa: F401


_CHILDREN: dict[str, Callable[..., int]] = {
    "serve": _serve,
    "serve-large": _serve_large,
    "prepare": _prepare,
    "store": _store,
}


def _child(work: Callable[..., int], words: list[str]) -> NoReturn:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    status = 1
    try:
        status = work(*words)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        sys.stdout.flush()
        os._exit(status)


def raise_children(children: Mapping[str, Callable[..., int]]) -> None:
    """Forks what each line of the input asks for, until that ends."""
    while line := sys.stdin.readline():
        what, *words = json.loads(line)
        told, telling = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(telling)
            os.read(told, 1)  # what the child prints comes after its number
            os.close(told)
            _child(children[what], words)
        os.close(told)
        print(f"pid {pid}", flush=True)
        os.close(telling)
        _, status = os.waitpid(pid, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


def main() -> None:
    """The store's nursery."""
    from fault_suite.sabotage import sabotaged

    with sabotaged(sys.argv[1] if len(sys.argv) > 1 else None):
        _import_all()
        raise_children(_CHILDREN)


if __name__ == "__main__":
    main()
