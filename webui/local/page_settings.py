"""The page's settings: which there are, what they may be, and what they are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from webui.base_handler import wrong_shape
from webui.local.messages import Settings, SettingsPatch

MOST_DEPTH = 8


def current(kept: Mapping[str, object]) -> Settings:
    """The settings, with the default for what was never set or is no longer allowed."""
    usable: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        value = kept.get(field.encode_name, UNSET)
        if value is not UNSET and _fits(value, field.type):
            usable[field.name] = value
    return Settings(**usable)


def _fits(value: object, form: Any) -> bool:  # noqa: ANN401 - a type
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError:
        return False
    return True


def changes(patch: SettingsPatch) -> dict[str, object]:
    """The changed settings by their names in JSON.

    Raises:
        Problem: 422, the figures hold text or nesting that not every database behind could keep.
    """
    named = {
        field.encode_name: value
        for field in msgspec.structs.fields(SettingsPatch)
        if (value := getattr(patch, field.name)) is not UNSET
    }
    _check_plain(named.get("backendFigures"), MOST_DEPTH)
    return named


def _check_plain(value: object, depth: int) -> None:
    if depth == 0:
        raise wrong_shape(f"backendFigures is nested more than {MOST_DEPTH} deep")
    if isinstance(value, str) and "\x00" in value:
        raise wrong_shape("backendFigures has text with a zero character")
    if isinstance(value, dict):
        for key, item in value.items():
            _check_plain(key, depth)
            _check_plain(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check_plain(item, depth - 1)
