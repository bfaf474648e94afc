"""The page's first run, which is over in nearly every test, as it is at nearly every start."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from store.clock import SystemClock
from store.local.opening import open_store


def take_first_steps(data_dir: Path) -> None:
    """Notes in a data folder, which no program has open, that they were taken."""
    with closing(open_store(data_dir, SystemClock())) as store:
        store.settings.put("firstRunDone", True).result(timeout=60)
