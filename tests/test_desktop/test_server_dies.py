"""A server that ends by itself is noticed: one sentence, a clean end, and nothing lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from running import ROOT

DYING = [sys.executable, str(ROOT / "tests" / "support" / "dying_server.py")]
SENTENCE = "Whimbrel's server ended by itself. What was recorded is kept."


def test_without_a_window_it_is_said_and_the_program_ends(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with subprocess.Popen(
        [*DYING, "serve", "--no-browser", "--data-dir", str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Whimbrel is ready: ")
            assert (data_dir / "memory-open").exists()
            _, told = process.communicate("now\n", timeout=60)
        finally:
            process.kill()
    assert told.startswith(SENTENCE)
    assert process.returncode == 1
    assert not (data_dir / "memory-open").exists(), "the memory was not closed"
    assert not (data_dir / "running.json").exists()
