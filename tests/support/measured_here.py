"""What this machine's Chromium measured of each backend, once for a whole run of tests.

A page that knows no figures spends some twenty seconds of processor time on them as soon as it is idle.
Nearly every browser test is about something else, and gets the figures that an earlier visit would have left.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from driving import wait_ready
from filelock import FileLock
from playwright.sync_api import sync_playwright
from running import HEADLESS, QUIET_CHROMIUM, ROOT, SOFTWARE_WEBGL, running

from store.clock import SystemClock
from store.local.opening import open_store

PATIENCE_MS = 240_000
_READ = "SELECT value FROM setting WHERE name = 'backendFigures'"


def keep_figures(prepared: Path, together: Path) -> None:
    """Puts the figures into a prepared data folder; they are measured by whoever comes first.

    Args:
        prepared: A data folder with the starter, which no program has open.
        together: A folder that all workers of this run see.
    """
    kept = together / "backend-figures.json"
    with FileLock(together / "backend-figures.lock"):
        if not kept.exists():
            # A process of its own: in this one a test may have a driver of the browser already.
            command = [sys.executable, __file__, str(prepared), str(kept)]
            subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=300)
    store = open_store(prepared, SystemClock())
    store.settings.put_all({"backendFigures": json.loads(kept.read_text())}).result()
    store.close()


def measure(prepared: Path, kept: Path) -> None:
    """Opens the page on a copy of the folder and waits until it has measured and settled."""
    copy = kept.with_name("measured")
    shutil.copytree(prepared, copy)
    with sync_playwright() as playwright, running(copy) as app:
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=QUIET_CHROMIUM + SOFTWARE_WEBGL)
        page = browser.new_page()
        page.goto(app.link)
        wait_ready(page)
        for _ in range(PATIENCE_MS // 500):
            if found := app.rows(_READ):
                json.loads(found[0][0])
                kept.write_text(found[0][0])
                break
            page.wait_for_timeout(500)
        browser.close()
    shutil.rmtree(copy)


if __name__ == "__main__":
    measure(Path(sys.argv[1]), Path(sys.argv[2]))
