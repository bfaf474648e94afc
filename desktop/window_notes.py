"""What the window remembers between starts, in a small file of the data folder: size, place, zoom, theme."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from store.local.folder import write_whole

log = logging.getLogger(__name__)

SMALLEST = (360, 480)
_GRIP = (120, 40)  # so much of the upper edge has to be on a screen for a hand to move the window by
_Length = Annotated[int, Meta(ge=1, le=100_000)]
_Place = Annotated[int, Meta(ge=-100_000, le=100_000)]
Rectangle = tuple[int, int, int, int]  # left, top, width, height


class WindowNotes(msgspec.Struct, frozen=True):
    """How the window was left; x and y are null before the first time, `zoom` is 1 for the usual size."""

    x: _Place | None = None
    y: _Place | None = None
    width: _Length = 1280
    height: _Length = 860
    maximised: bool = False
    zoom: Annotated[float, Meta(ge=0.25, le=5)] = 1.0
    theme: Literal["system", "light", "dark", "sun"] = "system"


def read_notes(path: Path) -> WindowNotes:
    """What is noted; the usual, where there is nothing to read."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(path.read_bytes(), type=WindowNotes)
    return WindowNotes()


def write_notes(path: Path, notes: WindowNotes) -> None:
    """Note it; a disk that takes nothing costs the place and no more."""
    try:
        write_whole(path, msgspec.json.encode(notes))
    except OSError as error:
        log.warning("the window's place could not be kept: %s", error)


def on_screen(notes: WindowNotes, screens: Sequence[Rectangle]) -> WindowNotes:
    """The same, where a hand can reach it: no larger than its screen, and in the middle of the first one
    where the screen that it was on is gone."""
    home = next((screen for screen in screens if _is_reached(notes, screen)), None)
    if home is None:
        notes = msgspec.structs.replace(notes, x=None, y=None)
    _, _, width, height = home or screens[0]
    return msgspec.structs.replace(notes, width=min(notes.width, width), height=min(notes.height, height))


def _is_reached(notes: WindowNotes, screen: Rectangle) -> bool:
    if notes.x is None or notes.y is None:
        return False
    left, top, width, height = screen
    across = min(notes.x + notes.width, left + width) - max(notes.x, left)
    return across >= _GRIP[0] and top <= notes.y <= top + height - _GRIP[1]
