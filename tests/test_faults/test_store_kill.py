"""kill -9 in the middle of it, with several clients: every acknowledged record is there, once."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from running import ROOT
from store_verdict import examine

from store.local.folder import enter

SEED = 7
CYCLES = 5
CLIENTS = 4
_CHILD = ROOT / "tests" / "support" / "ingest_child.py"


def ingest_until_killed(folder: Path, first: int, acknowledgements: int) -> list[int]:
    """Runs the child, kills it after so many batches, and returns all that it had acknowledged."""
    command = [sys.executable, str(_CHILD), str(folder), str(first), str(CLIENTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(acknowledgements)]
        child.kill()
        rest = child.stdout.read().split(b"\n")  # what it told before the signal came
        told += [int(line) for line in rest[:-1]]
    assert child.returncode == -9
    return told


def test_killed_in_the_middle_of_taking_batches(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    acknowledged: set[int] = set()
    for cycle in range(CYCLES):
        told = ingest_until_killed(tmp_path, cycle * 10_000, rng.randint(1, 60))
        assert not acknowledged & set(told)
        acknowledged |= set(told)
        assert enter(tmp_path), "a killed process leaves its mark"
        verdict = examine(tmp_path, acknowledged)
        assert verdict.good, f"cycle {cycle}, seed {SEED}: {verdict}"
    assert len(acknowledged) > CYCLES * 2
