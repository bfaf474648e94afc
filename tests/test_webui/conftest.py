"""One running application a test, and somebody who uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from collecting import Sender, enrolled
from collector_serving import ServedCollector
from serving import Served, serving, write_static


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    """A folder as the page's build leaves it."""
    return write_static(tmp_path / "static")


@pytest.fixture
def served(tmp_path: Path, static_dir: Path) -> Iterator[Served]:
    """The application on an empty data folder."""
    (tmp_path / "data").mkdir()
    with serving(tmp_path / "data", static_dir) as running:
        yield running


@pytest.fixture
def page(served: Served) -> Iterator[httpx.Client]:
    """The page: signed in, with a browser's headers."""
    with served.page() as client:
        yield client


@pytest.fixture
def sender(served: ServedCollector) -> Sender:
    """A device that was let in, where `served` is a collector."""
    return enrolled(served.collector)


@pytest.fixture
def device(served: ServedCollector, sender: Sender) -> Iterator[httpx.Client]:
    """The same, with its token."""
    with served.client(sender.admitted.token) as client:
        yield client


@pytest.fixture
def stranger(served: Served) -> Iterator[httpx.Client]:
    """Somebody without a cookie."""
    with served.stranger() as client:
        yield client
