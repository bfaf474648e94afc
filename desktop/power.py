"""Whether the machine runs on its battery, where the system tells."""

from __future__ import annotations

from typing import NamedTuple

import psutil


class Battery(NamedTuple):
    """How full it is in percent, and whether the machine lives on it."""

    percent: float
    in_use: bool


def battery() -> Battery | None:
    """The battery; None where there is none or the system does not tell."""
    sensors = getattr(psutil, "sensors_battery", None)  # not on every system
    found = None if sensors is None else sensors()
    return None if found is None else Battery(found.percent, found.power_plugged is False)
