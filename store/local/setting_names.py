"""The one table of settings: what exists, its default, what it may be, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from store.local.errors import SettingError

MAX_JSON_BYTES = 65_536


@dataclass(frozen=True)
class Setting:
    """One setting; `kind` is the type that msgspec holds its values to."""

    name: str
    default: object
    kind: Any
    allowed: str
    help: str


SETTINGS = (
    Setting(
        "keepThumbnails", True, bool, "true or false", "Keep a small copy of each picture, to show it again."
    ),
    Setting(
        "keepCrops",
        False,
        bool,
        "true or false",
        "Keep the 224-pixel part that was looked at, for fine-tuning.",
    ),
    Setting(
        "theme",
        "system",
        Literal["system", "light", "dark", "sun"],
        "system, light, dark or sun",
        "How the page looks.",
    ),
    Setting(
        "backend",
        "auto",
        Literal["auto", "wasm", "webgl", "webgpu", "cpu"],
        "auto, wasm, webgl, webgpu or cpu",
        "What computes in the page; auto takes the fastest that is correct.",
    ),
    Setting(
        "backendFigures",
        None,
        dict[str, Any] | None,
        "an object of at most 64 KiB, or null",
        "What each backend measured on this machine.",
    ),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def defaults() -> dict[str, object]:
    """Every setting at its default, in the order of the table."""
    return {setting.name: setting.default for setting in SETTINGS}


def checked_json(name: str, value: object) -> str:
    """The value as JSON. Raises SettingError for an unknown name or a value that it cannot have."""
    setting = _BY_NAME.get(name)
    if setting is None:
        raise SettingError(f"There is no setting {name[:64]!r}.", f"The settings are {', '.join(_BY_NAME)}.")
    try:
        text = msgspec.json.encode(msgspec.convert(value, setting.kind))
        sound = msgspec.json.decode(text) == value and b"\\u0000" not in text and len(text) <= MAX_JSON_BYTES
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError, RecursionError):
        sound = False
    if not sound:
        raise SettingError(f"The setting {name} cannot have that value.", f"It is {setting.allowed}.")
    return text.decode()
