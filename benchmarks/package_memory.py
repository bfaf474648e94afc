"""Whether the packaged program stays small: a thousand pictures and a training under a limit of 4 GB.

    python3 build_scripts/dev.py bench package_memory [PICTURES]

Needs root (control groups). Takes dist/*.deb and starts what is in it under Xvfb as another user. Prints one
line of JSON: {"pictures", "after_100_mb", "after_all_mb", "ratio", "most_mb", "killed", "trained", "seconds",
"load"}: what all its processes hold together (PSS), and the most that was charged to them; exit status 1
where the ratio is over 1.3, something was killed, or it did not train.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from driving import Page, drop, generated_pictures, wait_finished, wait_ready
from memory_limit import Limited, limited
from packaged import Person, make_person, started, unpacked, wait_for_window
from playwright.sync_api import sync_playwright
from screen import screen
from teaching import correct_in_turn

LIMIT = 4 * 10**9
MOST_RATIO = 1.3
FIRST, LABELS, EACH = 100, ("curlew", "godwit"), 8
NOBODY = 65534


def settled_mb(page: Page, group: Limited) -> float:
    """What is held once the page had a moment to give back what it does not need."""
    page.wait_for_timeout(5000)
    return group.used_mb()


def thousand(page: Page, group: Limited, pictures: list[Path]) -> tuple[float, float]:
    """(megabytes after the first hundred, after all of them)."""
    held = []
    for part in (pictures[:FIRST], pictures[FIRST:]):
        drop(page, part)
        wait_finished(page, [picture.name for picture in part], each_ms=60_000)
        held.append(settled_mb(page, group))
    return held[0], held[1]


def learns(page: Page, person: Person) -> bool:
    """Whether a head is learned from what a person said of some of the pictures."""
    correct_in_turn(page, [label for label in LABELS for _ in range(EACH)])
    page.evaluate("() => void window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(3000)
    told = person.run(["whimbrel", "train", "--least", str(EACH // 2)])
    print(told.stdout + told.stderr, file=sys.stderr)
    return told.returncode == 0 and told.stdout.startswith("Learned from ")


def main() -> int:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name, screen() as environment, sync_playwright() as play:
        folder, display = Path(name), environment["DISPLAY"]
        program, pictures = unpacked(folder), generated_pictures(folder / "pictures", count)
        person = make_person(folder / "somebody", display, NOBODY, NOBODY, {"whimbrel": program})
        began = time.monotonic()
        with limited(LIMIT) as group, started(person, ["whimbrel", "run"]) as window:
            group.take(window.process.pid)
            wait_for_window(window, display)
            window.listen()
            page = window.page(play)
            wait_ready(page)
            first, last = thousand(page, group, pictures)
            trained = learns(page, person)
            result = {
                "after_100_mb": round(first),
                "after_all_mb": round(last),
                "ratio": round(last / first, 2),
            }
            result |= {"most_mb": round(group.most_mb()), "killed": group.killed(), "trained": trained}
            window.end()
    result |= {
        "pictures": count,
        "seconds": round(time.monotonic() - began),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result))
    return int(result["ratio"] > MOST_RATIO or result["killed"] > 0 or not trained)


if __name__ == "__main__":
    sys.exit(main())
