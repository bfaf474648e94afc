"""The fault suite goes red when a promise of the store is broken: what it guards is really guarded by it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fault_suite.nursery import ROOT
from fault_suite.parts import part_named
from fault_suite.sabotage import sabotaged

_RUN = ROOT / "tests" / "support" / "fault_suite" / "run.py"


@pytest.mark.parametrize(
    ("sabotage", "numbers", "finds"),
    [
        ("normal", ["--kills", "0", "--cuts", "80"], "lost"),
        ("unique", ["--kills", "8", "--cuts", "0"], "doubled"),
        ("transaction", ["--kills", "0", "--cuts", "40"], "partial"),
    ],
)
def test_the_suite_reports_a_broken_promise(sabotage: str, numbers: list[str], finds: str) -> None:
    command = [sys.executable, str(_RUN), *numbers, "--others", "0", "--sabotage", sabotage]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report[finds] > 0, done.stderr


def test_a_case_is_the_same_again_from_its_seed(tmp_path: Path) -> None:
    part = part_named("power-ingest")
    with sabotaged("normal"):
        first, second = (part.run(None, "3-0", tmp_path / name, 20) for name in ("a", "b"))  # type: ignore[arg-type]
    assert first.verdict.lost
    assert first.verdict == second.verdict
