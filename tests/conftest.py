"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import SHARED


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photographs and model files beside the repository; skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"The shared folder {SHARED} is not here; the tests on small made files still run.")
    return SHARED


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the developer's own must not decide how a test goes."""
    import os

    for name in [name for name in os.environ if name.startswith("WHIMBREL_")]:
        monkeypatch.delenv(name)
