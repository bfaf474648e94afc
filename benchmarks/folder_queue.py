"""A folder of many pictures opened by its path: how fast, whether the page grows, and whether all is there.

    python3 build_scripts/dev.py bench folder_queue [PICTURES]

Variants of the shared photographs (each a file of its own), and among them files that are cut, empty, no
picture, misnamed, animated and huge; the server is killed (kill -9) when a third is done. The heap of the
page is measured after a collection, TF.js' tensors are what its records say. Prints one line of JSON; exit
status 1 where a picture is missing or twice, or the page grew by more than a third after the first quarter.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from driving import open_page, payloads
from odd_folder import CANNOT_BE_READ, fill
from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright
from running import HEADLESS, QUIET_CHROMIUM, SHARED, SOFTWARE_WEBGL, Whimbrel, running

MOST_GROWN = 1.34
LOOK_S = 2.0
Point = dict[str, Any]


def main() -> int:
    """Measure on a data folder with the starter in it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        wanted = fill(folder / "pictures", photographs(), count, huge=True)
        fetch_starter(folder / "data")
        with running(folder / "data") as app:
            browser = play.chromium.launch(executable_path=HEADLESS, args=[*QUIET_CHROMIUM, *SOFTWARE_WEBGL])
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            points = work_through(app, context, folder / "pictures", len(wanted) + len(CANNOT_BE_READ))
            figures = judged(app, wanted, points)
            browser.close()
    print(json.dumps(figures))
    return 0 if figures["right"] else 1


def photographs() -> list[Path]:
    """Sixty of the shared photographs."""
    return sorted((SHARED / "images" / "imagenet-sample").glob("*.jpg"))[:60]


def fetch_starter(data_dir: Path) -> None:
    """Makes a data folder with the starter in it."""
    command = ["-m", "desktop.cli", "models", "fetch", "starter", "--data-dir", str(data_dir)]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def work_through(app: Whimbrel, context: BrowserContext, folder: Path, total: int) -> list[Point]:
    """Opens the folder and looks every few seconds how it is doing, to its end; one kill on the way."""
    page = open_page(app, context)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    headers = {"Origin": app.origin}
    page.request.post(f"{app.origin}/api/queue", data={"paths": [str(folder)]}, headers=headers)
    points: list[Point] = []
    killed = False
    began = time.monotonic()
    while not points or points[-1]["state"] != "done":
        time.sleep(LOOK_S)
        points.append(point(page, session) | {"s": round(time.monotonic() - began, 1)})
        if not killed and points[-1]["ended"] > total / 3:
            app.stop(signal.SIGKILL)
            app.start()
            killed = True
    return points


def point(page: Page, session: CDPSession) -> Point:
    """How the folder and the page are doing."""
    job = page.evaluate("async () => (await (await fetch('/api/queue')).json()).jobs[0]")
    session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    counts = job["counts"]
    return {
        "state": job["state"],
        "ended": counts["done"] + counts["failed"],
        "total": sum(counts.values()),
        "rate": job["rate"],
        "left": job["secondsLeft"],
        "heap_mb": round(metrics["JSHeapUsedSize"] / 1e6, 1),
        "nodes": int(metrics["Nodes"]),
    }


def judged(app: Whimbrel, wanted: set[str], points: list[Point]) -> Point:
    """The figures, and whether they are as they ought to be."""
    records = payloads(app, "inference")
    found = Counter(record["picture"]["fileName"] for record in records)
    tensors = [record["memoryUsage"]["numTensors"] for record in records]
    last = points[-1]
    quarter = next(one for one in points if one["ended"] > last["ended"] / 4)
    grown = last["heap_mb"] / quarter["heap_mb"]
    half = next(one for one in points if one["ended"] > last["ended"] / 1.7 and one["left"])
    return {
        "pictures": last["ended"],
        "seconds": last["s"],
        "per_second": round(last["ended"] / last["s"], 1),
        "lost": len(wanted - set(found)),
        "twice": sum(count - 1 for count in found.values()),
        "failed_as_they_should": len(CANNOT_BE_READ) == last["ended"] - len(records),
        "heap_mb": [one["heap_mb"] for one in (quarter, half, last)],
        "nodes": [one["nodes"] for one in (quarter, half, last)],
        "tensors": [min(tensors), max(tensors)],
        "later_said_left_s": round(half["left"]),
        "later_was_left_s": round(last["s"] - half["s"]),
        "right": set(found) == wanted and len(records) == len(wanted) and grown <= MOST_GROWN,
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
