"""What a setting is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One setting; `kind` is the type that msgspec holds its values to."""

    name: str
    default: object
    kind: Any
    allowed: str
    help: str
