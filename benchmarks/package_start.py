"""How fast the packaged program starts: to its window, and to the first recognised picture.

    python3 build_scripts/dev.py bench package_start [RUNS] [--cold]

Takes dist/*.deb, unpacks it, and starts what is in it under Xvfb as another user with an empty home, so that
each start also sets up its model; `--cold` (root) has the system forget every file that it read before.
Prints one line of JSON: {"window_s", "first_picture_s", "worst_window_s", "worst_first_picture_s", "runs",
"load"} (medians); exit status 1 where a median is over its target.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from driving import generated_pictures
from packaged import make_person, recognise, started, unpacked, wait_for_window
from playwright.sync_api import Playwright, sync_playwright
from screen import screen

WINDOW_S, FIRST_PICTURE_S = 1.5, 6.0
NOBODY = 65534


def start(program: Path, folder: Path, display: str, play: Playwright, *, cold: bool) -> tuple[float, float]:
    """Seconds to the window and to the first answer of one start by a person who never started it before."""
    folder.mkdir()
    picture = generated_pictures(folder / "pictures", 1)[0]
    who = (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    person = make_person(folder, display, *who, {"whimbrel": program})
    if cold:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3")
    with started(person, ["whimbrel", "run"]) as window:
        shown = wait_for_window(window, display)
        window.listen()
        recognise(window.page(play), picture)
        return shown, window.seconds()


def main() -> int:
    """Measure and print."""
    counts = [int(word) for word in sys.argv[1:] if word.isdigit()]
    runs, cold = counts[0] if counts else 3, "--cold" in sys.argv
    with tempfile.TemporaryDirectory() as name, screen() as environment, sync_playwright() as play:
        folder = Path(name)
        program, display = unpacked(folder), environment["DISPLAY"]
        taken = [start(program, folder / str(run), display, play, cold=cold) for run in range(runs)]
    shown, answered = ([pair[part] for pair in taken] for part in (0, 1))
    result = {
        "window_s": round(statistics.median(shown), 2),
        "first_picture_s": round(statistics.median(answered), 2),
        "worst_window_s": round(max(shown), 2),
        "worst_first_picture_s": round(max(answered), 2),
        "runs": runs,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result))
    return int(result["window_s"] > WINDOW_S or result["first_picture_s"] > FIRST_PICTURE_S)


if __name__ == "__main__":
    sys.exit(main())
