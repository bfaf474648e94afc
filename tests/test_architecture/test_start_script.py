"""What the page fetches before it shows anything stays small, and the service worker keeps all the rest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from repository import ROOT

STATIC = ROOT / "webui" / "static"
# Bytes of JavaScript, not compressed; 143,900 when it was set. Places that need more come when gone to.
MOST_AT_THE_START = 150_000
LATER = ("Looking further back", "Adding up", "Nothing to learn from yet", "Nothing to name now")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    if not (STATIC / "index.html").exists():
        pytest.fail("The page is not built: run `python3 build_scripts/dev.py setup` first.")


def _start_scripts() -> list[Path]:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    return [STATIC / name for name in re.findall(r"""(?:src|href)="/(assets/[^"]+\.js)\"""", page)]


def test_the_script_of_the_start_stays_small() -> None:
    sizes = {path.name: path.stat().st_size for path in _start_scripts()}
    assert 0 < sum(sizes.values()) <= MOST_AT_THE_START, sizes


@pytest.mark.parametrize("words", LATER)
def test_a_place_with_much_in_it_comes_when_it_is_gone_to(words: str) -> None:
    holders = [path for path in STATIC.glob("assets/*.js") if words in path.read_text(encoding="utf-8")]
    assert len(holders) == 1 and holders[0] not in _start_scripts()


def test_the_service_worker_keeps_every_file() -> None:
    kept = (STATIC / "sw.js").read_text(encoding="utf-8")
    missing = [path.name for path in STATIC.glob("assets/*") if f"/assets/{path.name}" not in kept]
    assert missing == []
