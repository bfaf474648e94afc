"""The JSON of the program itself. Times are milliseconds since the Unix epoch, sizes bytes."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from store.local.figures.forms import StorageFigure

SettingValue = Annotated[str, Meta(max_length=4096)] | int | bool | None


class _Out(Struct, frozen=True, rename="camel"):
    """Base of answers."""


class ProgramInfo(_Out, frozen=True):
    """The data folder and what is in it, by kind; `free` on its disk. `can_show`: there is a file manager.

    `training` is the place of the training component's interpreter, None where it is not installed.
    """

    version: str
    data_dir: str
    storage: list[StorageFigure]
    free: int
    can_show: bool
    training: str | None


class ProgramSettingInfo(_Out, frozen=True):
    """One setting that a start reads: what this run goes by, what the next one would and where that comes
    from, and what stands in the file (None: nothing)."""

    name: str
    default: SettingValue
    now: SettingValue
    next: SettingValue
    source: Literal["flag", "environment", "file", "default"]
    written: SettingValue
    flag: str
    variable: str


class ProgramSettingList(_Out, frozen=True):
    """Every one, in the table's order, and the file that they are written to."""

    file: str
    settings: list[ProgramSettingInfo]


class DiagnosticsText(_Out, frozen=True):
    """A file to be read and perhaps saved, under this name."""

    name: str
    text: str


class CrashInfo(_Out, frozen=True):
    """How the run before ended: the whole of it, or a part while the rest went on."""

    kind: Literal["ended", "part"]
    at: int


class ShownFolder(_Out, frozen=True):
    """The file manager was asked to show the data folder."""

    data_dir: str
