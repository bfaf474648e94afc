"""A nursery of processes to kill, for the whole session, and the real disk again after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_suite import fragile_disk
from fault_suite.parts import Workplace


@pytest.fixture(scope="session")
def place(prepared_data: Path) -> Iterator[Workplace]:
    """Where the parts of the fault suite work; data folders are copies of one with a model in it."""
    workplace = Workplace(prepared=prepared_data)
    yield workplace
    workplace.nursery.close()


@pytest.fixture(autouse=True)
def _real_disk() -> Iterator[None]:
    yield
    fragile_disk.take_all()
