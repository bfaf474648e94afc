"""How long `whimbrel serve` takes from the start of its process to its ready line, with a model present.

    python3 build_scripts/dev.py bench server_start [RUNS]

Prints one line of JSON: {"runs", "median_ms", "worst_ms", "import_cli_ms", "target_ms", "load"}; exit status
1 where the median is over the target.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLI = [sys.executable, "-m", "desktop.cli"]
TARGET_MS = 1000.0
READY = "Whimbrel is ready: "


def start_once(data_dir: Path) -> float:
    """Milliseconds from the start of the process to the ready line; the process is then ended."""
    command = [*CLI, "serve", "--no-browser", "--data-dir", str(data_dir)]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = process.stdout.readline()
        took = 1000 * (time.perf_counter() - started)
        process.terminate()
    if not line.startswith(READY):
        raise SystemExit(f"whimbrel serve did not get ready: {line!r}")
    return took


def import_once() -> float:
    """Milliseconds that importing the command line adds to a bare interpreter."""
    return _python("import desktop.cli") - _python("pass")


def _python(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], cwd=ROOT, check=True)
    return 1000 * (time.perf_counter() - started)


def main() -> int:
    """Measure on a data folder with the starter in it, after one start that warms the disk's cache."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        fetch = [*CLI, "models", "fetch", "starter", "--data-dir", str(data_dir)]
        subprocess.run(fetch, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        start_once(data_dir)
        times = [start_once(data_dir) for _ in range(runs)]
    median = statistics.median(times)
    imports = statistics.median(import_once() for _ in range(runs))
    figures = {
        "runs": runs,
        "median_ms": round(median),
        "worst_ms": round(max(times)),
        "import_cli_ms": round(imports),
        "target_ms": TARGET_MS,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }
    print(json.dumps(figures))
    return 0 if median <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
