"""The fault suite of sending with few faults; `dev.py faults sync` runs the same code with ten thousand.

A failure says the seed: `dev.py faults sync --case PART:SEED:FAULTS` does nearly the same again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fault_suite.nursery import ROOT
from full_length import AT_FULL_LENGTH, length
from sync_faults.parts import PARTS, Part, part_named
from sync_faults.rounds import Round
from sync_faults.workplace import Workplace, workplace

SEED = "7-0"
FAULTS = length(8, 40)
IN_THE_USUAL_RUN = ("kills", "device-copies", "collector-copies")
TRIED = length([part_named(name) for name in IN_THE_USUAL_RUN], [*PARTS])
_RUN = ROOT / "tests" / "support" / "sync_faults" / "run.py"


@pytest.fixture(scope="module")
def place() -> Iterator[Workplace]:
    """Where all rounds of this module are."""
    with workplace() as made:
        yield made


@pytest.mark.parametrize("part", TRIED, ids=lambda part: part.name)
def test_everything_arrives_once_and_is_accounted_for(part: Part, place: Workplace) -> None:
    tally = Round(place, part, SEED).run(FAULTS)
    assert tally.good, f"--case {part.name}:{SEED}:{FAULTS} {tally.verdict} {tally.notes}"
    assert tally.faults.total() >= FAULTS


@pytest.mark.skipif(not AT_FULL_LENGTH, reason="a promise is broken in the nightly run")
@pytest.mark.parametrize(
    ("sabotage", "part", "finds"),
    [("unique", "kills", "doubled"), ("echo", "network", "lost"), ("commit", "kills", "lost")],
)
def test_a_broken_promise_is_found(sabotage: str, part: str, finds: str) -> None:
    command = [sys.executable, str(_RUN), "--case", f"{part}:1-1:600", "--sabotage", sabotage]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report[finds] > 0, done.stderr
