"""How long the long tests are: short in the usual run, at full length by `dev.py nightly`."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")
AT_FULL_LENGTH = os.environ.get("WHIMBREL_FULL_LENGTH") == "1"


def length(usual: T, full: T) -> T:
    """The one of the two that this run is for."""
    return full if AT_FULL_LENGTH else usual
