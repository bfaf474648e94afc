"""Faults around the store: clocks that jump, a second instance, a read-only folder, a really full disk.

A clock ten years off in either direction, between the starts and in the middle of one, must lose and delete
nothing. A second instance on one folder must leave the first alone. A folder that may not be written must be
said in a sentence, and nothing in it changed. The full disk is a small tmpfs of its own mount namespace.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from fault_suite.clients import Ledger, send_open
from fault_suite.nursery import ROOT, Nursery
from fault_suite.verdict import Tally, examine
from fault_suite.workload import BATCH, body
from local_records import NOW, HandClock, send_body

from store.local.folder import FILE_NAME, enter
from store.local.opening import open_store

_TEN_YEARS_MS = 10 * 365 * 86_400_000
_HELPER = Path(__file__).with_name("small_disk.py")
_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
NOT_ALLOWED = "mount namespaces are not allowed here (`unshare -m`), so the real small disk was left out"


def clock_case(seed: str, folder: Path) -> Tally:
    """Starts, batches and ends, with jumps of the clock between and within; some of the ends are unclean."""
    rng = random.Random(seed)
    tally = Tally(seed, cases=1)
    clock = HandClock()
    acknowledged: set[int] = set()
    numbers = iter(range(1000))
    for _ in range(rng.randint(2, 5)):
        _jump(clock, rng)
        store = open_store(folder, clock)
        for number in [next(numbers) for _ in range(rng.randint(1, 12))]:
            if rng.random() < 0.3:
                _jump(clock, rng)
            if send_body(store.statistics, body(number)).accepted == BATCH:
                acknowledged.add(number)
        store.backups.make("daily")
        store.close()
        if rng.random() < 0.5:
            enter(folder)
    tally.verdict.add(examine(folder / FILE_NAME, acknowledged))
    if not list((folder / "backups").glob("*.sqlite3")):
        tally.notes.append(f"{seed}: no backup is left")
    return tally


def _jump(clock: HandClock, rng: random.Random) -> None:
    clock.now = NOW + rng.choice(
        (-_TEN_YEARS_MS, 0, _TEN_YEARS_MS, rng.randint(-_TEN_YEARS_MS, _TEN_YEARS_MS))
    )


def second_instance_case(nursery: Nursery, seed: str, folder: Path) -> Tally:
    """A second `whimbrel serve` on the folder of a running one: it hands over and ends; the first goes on."""
    rng = random.Random(seed)
    tally = Tally(seed, cases=1)
    first = nursery.fork("serve", folder)
    port = first.port()
    ledger = Ledger()
    for _ in range(rng.randint(1, 10)):
        ledger.take()
    send_open(ledger, folder, port)
    command = [sys.executable, "-m", "desktop.cli", "serve", "--no-browser", "--data-dir", str(folder)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    if second.returncode != 0 or "already running" not in second.stdout:
        tally.notes.append(
            f"{seed}: the second said {second.stdout!r} {second.stderr!r} ({second.returncode})"
        )
    for _ in range(5):
        ledger.take()
    send_open(ledger, folder, port)
    tally.verdict.add(examine(folder / FILE_NAME, ledger.acknowledged))
    first.send(rng.choice((signal.SIGKILL, signal.SIGTERM)))
    first.end()
    open_store(folder, HandClock()).close()
    tally.verdict.add(examine(folder / FILE_NAME, ledger.acknowledged))
    tally.notes += ledger.strange
    return tally


def read_only_case(seed: str, folder: Path) -> Tally:
    """A filled folder on a read-only mount: opening says so in a sentence, and no byte is another."""
    rng = random.Random(seed)
    tally = Tally(seed)
    folder.mkdir(parents=True)
    store = open_store(folder, HandClock())
    numbers = range(rng.randint(1, 10))
    for number in numbers:
        send_body(store.statistics, body(number))
    store.close()
    if rng.random() < 0.5:
        enter(folder)
    before = _fingerprint(folder)
    told = _in_namespace(_READ_ONLY, [str(folder)], ["open", str(folder)])
    if told is None:
        tally.remarks.append(NOT_ALLOWED)
        return tally
    tally.cases = 1
    if not told["refused"] or "may not write" not in told["sentence"] or not told["advice"]:
        tally.notes.append(f"{seed}: {told}")
    if _fingerprint(folder) != before:
        tally.notes.append(f"{seed}: the folder has changed")
    tally.verdict.add(examine(folder / FILE_NAME, numbers))
    return tally


def _fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def small_disk_case(seed: str, folder: Path) -> Tally:
    """A real file system fills up under the store, room comes back, and what was refused is sent again."""
    rng = random.Random(seed)
    tally = Tally(seed)
    folder.mkdir(parents=True)
    size = f"{rng.randint(700, 2500)}k"
    told = _in_namespace(_MOUNT, [size, str(folder)], ["fill", str(folder), seed])
    if told is None:
        tally.remarks.append(NOT_ALLOWED)
        return tally
    tally.cases = int(told["refused"] > 0)
    tally.verdict.lost |= set(told["lost"])
    tally.verdict.doubled |= set(told["doubled"])
    tally.verdict.partial |= set(told["partial"])
    tally.notes += told["notes"]
    return tally


def _in_namespace(script: str, before: list[str], what: list[str]) -> dict[str, Any] | None:
    """What the helper printed inside a mount namespace of its own; None where that is not allowed."""
    allowed = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    if os.name == "nt" or allowed.returncode != 0:
        return None
    command = ["unshare", "-m", "sh", "-ec", script, "sh", *before, sys.executable, str(_HELPER), *what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    if done.returncode != 0 and "permission denied" in done.stderr.lower() and "mount" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
