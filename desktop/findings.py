"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. A `note` is worth knowing, a `problem` makes the exit status 1."""

    level: Literal["ok", "note", "problem"]
    what: str
    advice: str = ""
