"""kill -9 of the server at a random moment, with several HTTP clients, again and again on one data folder.

A round is a number of cycles on one folder: start, look into the file, send again what was not answered for,
look again, go on with new batches, kill. Most kills come under load; some during the start, some while the
server closes after a SIGTERM. What is counted lost, doubled or partial: see `verdict`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fault_suite.clients import Clients, Ledger, send_open
from fault_suite.nursery import Child, Ended, Nursery, Program
from fault_suite.verdict import Tally, examine

from store.clock import SystemClock
from store.local.folder import FILE_NAME
from store.local.opening import open_store

CLIENTS = 4
CYCLES = 20
_MOST_ANSWERS = 25
_LONGEST_DELAY_S = 0.02
_LONGEST_START_S = 0.25
_PATIENCE_S = 60.0
_HOW = ("load",) * 8 + ("start", "closing")


def copy_data(source: Path | None, target: Path) -> Path:
    """A fresh data folder; the model files of a prepared one, which nobody changes, are linked."""
    if source is None:
        target.mkdir(parents=True)
        return target
    return Path(shutil.copytree(source, target, copy_function=_link_models))


def _link_models(source: str, target: str) -> None:
    if Path(source).suffix in (".bin", ".safetensors"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@dataclass
class KillRound:
    """One round. `start` makes the server of a data folder; the same seed chooses the same moments."""

    seed: str
    folder: Path
    start: Callable[[Path], Child]
    ledger: Ledger = field(default_factory=Ledger)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.seed)

    def run(self, cycles: int) -> Tally:
        """Kills so many servers, then lets one start, take the rest, and close."""
        rng = random.Random(self.seed)
        while self.tally.cases < cycles and self.tally.verdict.good:
            self._cycle(rng, rng.choice(_HOW))
        self._finish()
        self.tally.notes += [f"{self.seed}: {answer}" for answer in self.ledger.strange]
        return self.tally

    def _cycle(self, rng: random.Random, how: str) -> None:
        child = self.start(self.folder)
        if how == "start":
            threading.Event().wait(rng.random() * _LONGEST_START_S)
            self._kill(child)
            return
        port = self._ready(child)
        self._settle(port)
        goal = len(self.ledger.acknowledged) + rng.randint(0, _MOST_ANSWERS)
        seeds = [rng.getrandbits(32) for _ in range(CLIENTS)]
        clients = Clients(self.ledger, self.folder, port, seeds)
        if not self.ledger.wait_for(goal, _PATIENCE_S):
            self.tally.notes.append(f"{self.seed}: the server stopped answering")
        if how == "closing":
            child.send(signal.SIGTERM)
        threading.Event().wait(rng.random() * _LONGEST_DELAY_S)
        self._kill(child)
        clients.join()

    def _ready(self, child: Child) -> int:
        try:
            return child.port()
        except Ended as ended:
            raise AssertionError(f"{self.seed}: the server did not start again: {ended}") from None

    def _kill(self, child: Child) -> None:
        child.send(signal.SIGKILL)
        status, _ = child.end()
        if status == -signal.SIGKILL:  # one that had closed already was not killed
            self.tally.cases += 1

    def _settle(self, port: int) -> None:
        """Looks, sends the rest, looks again: now every batch that was ever sent must be there."""
        self._look()
        send_open(self.ledger, self.folder, port)
        self._look()

    def _look(self) -> None:
        self.tally.verdict.add(examine(self.folder / FILE_NAME, self.ledger.acknowledged))

    def _finish(self) -> None:
        child = self.start(self.folder)
        self._settle(self._ready(child))
        child.send(signal.SIGTERM)
        status, _ = child.end()
        if status != 0:
            self.tally.notes.append(f"{self.seed}: closing ended with {status}")
        self._look()


def http_round(nursery: Nursery, seed: str, folder: Path, cycles: int) -> Tally:
    """Servers forked by the nursery; in every other round such as check their file behind the open page."""
    what = random.Random(seed).choice(("serve", "serve-large"))
    return KillRound(seed, folder, lambda data_dir: nursery.fork(what, data_dir)).run(cycles)


def program_round(seed: str, folder: Path, cycles: int) -> Tally:
    """Servers started as a user starts them."""
    return KillRound(seed, folder, Program).run(cycles)


def store_round(nursery: Nursery, seed: str, folder: Path, cycles: int) -> Tally:
    """The store alone: threads that hand batches in and tell on a pipe what was answered for."""
    rng = random.Random(seed)
    tally = Tally(seed)
    acknowledged: set[int] = set()
    for cycle in range(cycles):
        child = nursery.fork("store", folder, cycle * 10_000, CLIENTS)
        acknowledged |= {int(child.line()) for _ in range(rng.randint(1, 60))}
        child.send(signal.SIGKILL)
        status, rest = child.end()
        acknowledged |= {int(line) for line in rest}
        tally.cases += status == -signal.SIGKILL
        open_store(folder, SystemClock()).close()
        tally.verdict.add(examine(folder / FILE_NAME, acknowledged))
    return tally
