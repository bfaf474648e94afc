"""How long a cold start takes: from the address to a warm model, and to the first picture's answer.

    python3 build_scripts/dev.py bench first_answer [RUNS]

Each run has a fresh browser profile (nothing cached) and a server that has just started; the picture waits in
the page from the first moment, as a user's would. Prints one line of JSON: {"runs", "ready_ms", "answer_ms",
"worst_answer_ms", "target_ms", "load"} (medians); exit status 1 where the median answer is over the target.
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
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from driving import drop, generated_pictures, wait_finished, wait_ready
from playwright.sync_api import Playwright, sync_playwright
from running import CHROMIUM, QUIET_CHROMIUM, SOFTWARE_WEBGL, running

TARGET_MS = 5000.0


def cold_start(play: Playwright, data_dir: Path, picture: Path) -> tuple[float, float]:
    """(milliseconds to a warm model, milliseconds to the first answer) from opening the address."""
    with running(data_dir) as app:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET_CHROMIUM + SOFTWARE_WEBGL)
        page = browser.new_page()
        started = time.perf_counter()
        page.goto(app.link)
        page.wait_for_selector("input[type=file][multiple]", state="attached")
        drop(page, [picture])
        wait_ready(page)
        ready = 1000 * (time.perf_counter() - started)
        wait_finished(page, [picture.name])
        answered = 1000 * (time.perf_counter() - started)
        browser.close()
    return ready, answered


def main() -> int:
    """Measure on a data folder with the starter in it."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        data_dir = Path(folder) / "data"
        fetch = [
            sys.executable,
            "-m",
            "desktop.cli",
            "models",
            "fetch",
            "starter",
            "--data-dir",
            str(data_dir),
        ]
        subprocess.run(fetch, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        [picture] = generated_pictures(Path(folder) / "pictures", 1)
        times = [cold_start(play, data_dir, picture) for _ in range(runs)]
    readies, answers = zip(*times, strict=True)
    figures = {
        "runs": runs,
        "ready_ms": round(statistics.median(readies)),
        "answer_ms": round(statistics.median(answers)),
        "worst_answer_ms": round(max(answers)),
        "target_ms": TARGET_MS,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures))
    return 0 if figures["answer_ms"] <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
