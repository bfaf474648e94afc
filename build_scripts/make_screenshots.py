"""Makes the README's screenshot (and others) from the real program: real server, real Chromium, real answers.

The photographs are scikit-image's sample pictures that are in the public domain (Chelsea the cat, a cup of
coffee, a rocket); their wheel is fetched by name and unpacked into `.cache/`, never committed.
Run it as `.venv/bin/python build_scripts/make_screenshots.py [FOLDER]`; FOLDER defaults to docs/.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from driving import drop, open_page, wait_finished
from playwright.sync_api import Page, sync_playwright
from running import CHROMIUM, QUIET_CHROMIUM, SOFTWARE_WEBGL, running

PICTURES = ("coffee.png", "rocket.jpg", "chelsea.png")


def sample_pictures(cache: Path) -> list[Path]:
    """The sample photographs, fetched once into the cache folder."""
    found = [cache / name for name in PICTURES]
    if not all(path.exists() for path in found):
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "scikit-image"]
            subprocess.run(fetch, check=True)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                for path in found:
                    path.write_bytes(wheel.read(f"skimage/data/{path.name}"))
    return found


def photograph(page: Page, pictures: list[Path], target: Path) -> None:
    """Recognises the pictures and takes the screenshot with the last one shown."""
    drop(page, pictures)
    wait_finished(page, [path.name for path in pictures])
    page.locator(f'[data-picture="{pictures[-1].name}"]').first.click()
    page.mouse.move(0, 0)
    page.screenshot(path=target)
    print(f"made {target}")


def main() -> None:
    """Starts everything on a temporary data folder and writes `screenshot.png`."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    pictures = sample_pictures(ROOT / ".cache" / "pictures")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "data") as app,
        sync_playwright() as play,
    ):
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=QUIET_CHROMIUM + SOFTWARE_WEBGL)
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        photograph(open_page(app, context), pictures, target / "screenshot.png")
        chromium.close()


if __name__ == "__main__":
    main()
