"""A memory with its upkeep on a clock that the test moves; who needs another one says so in its own file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from two_hands import TwoHands
from upkeep_support import Memory, opened


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def memory(tmp_path: Path, clock: TwoHands) -> Iterator[Memory]:
    store, upkeep = opened(tmp_path / "data", clock)
    upkeep.tick()
    yield store, upkeep
    store.close()
