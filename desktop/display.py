"""Whether there is a screen."""

from __future__ import annotations

import sys
from collections.abc import Mapping


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether windows can be shown; elsewhere than on Linux they always can."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
