"""Changes `settings.toml` while the program runs: line by line, so that a user's own notes in it stay."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop.errors import PlainError
from desktop.settings import FILE_NAME, OPTIONS, Option, Settings, Source, source_of, written_in
from store.local.errors import SettingError, StoreError
from store.local.folder import write_whole

AT_ONCE = ("log_level",)  # the others count from the next start on
CHANGEABLE = tuple(option for option in OPTIONS if option.name != "data_dir")


@dataclass(frozen=True)
class ProgramSetting:
    """One row of the table: what this run goes by, what the next start would and whence, and the file's."""

    option: Option
    now: object
    next: object
    source: Source
    written: object


@dataclass(frozen=True)
class ProgramSettings:
    """The settings of a running program; `flags` and `environment` are those that it began with.

    `set_level` changes from now on how much is logged.
    """

    settings: Settings
    flags: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    set_level: Callable[[str], None] = field(default_factory=lambda: logging.getLogger().setLevel)

    @property
    def path(self) -> Path:
        """The file."""
        return self.settings.data_dir / FILE_NAME

    def shown(self) -> list[ProgramSetting]:
        """Every setting but the data folder, in the table's order. Raises SettingError for a bad file."""
        try:
            written = written_in(self.path)
        except PlainError as error:
            raise SettingError(error.sentence, error.advice) from error
        return [self._row(option, written) for option in CHANGEABLE]

    def _row(self, option: Option, written: Mapping[str, object]) -> ProgramSetting:
        source, value = source_of(option, self.flags, self.environment, written)
        now = value if option.name in AT_ONCE else getattr(self.settings, option.name)
        return ProgramSetting(option, now, value, source, written.get(option.name))

    def change(self, values: Mapping[str, object]) -> list[ProgramSetting]:
        """Writes settings into the file, all or none; None takes one out of it. Gives what `shown` does.

        Raises SettingError for what a setting can't be or a bad file, StoreError where it can't be written.
        """
        for name, value in values.items():
            _check(name, value)
        self.shown()
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        try:
            write_whole(self.path, _changed(text, values).encode())
        except OSError as error:
            raise StoreError(
                f"The file {self.path.name} in the data folder can't be written ({error.strerror}).",
                "Nothing was changed. Make it writable, or free some space.",
            ) from error
        shown = self.shown()
        [level] = [row.now for row in shown if row.option.name == "log_level"]
        self.set_level(str(level).upper())
        return shown


def _check(name: str, value: object) -> None:
    option = next((option for option in CHANGEABLE if option.name == name), None)
    if option is None:
        known = ", ".join(option.name for option in CHANGEABLE)
        raise SettingError(f"There is no setting {name[:64]!r}.", f"The settings are {known}.")
    if value is None:
        return
    if not isinstance(value, str | int):
        raise SettingError(
            f"The setting {name} can't have that value.", "It is a word, a number or a switch."
        )
    try:
        option.read(str(value))
    except ValueError as error:
        raise SettingError(f"The setting {name} can't be {str(value)[:64]!r}.", f"Note: {error}.") from None


def _changed(text: str, values: Mapping[str, object]) -> str:
    lines = text.splitlines()
    for name, value in values.items():
        mine = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
        at = next((number for number, line in enumerate(lines) if mine.match(line)), len(lines))
        lines[at : at + 1] = [] if value is None else [f"{name} = {json.dumps(value)}"]
    return "".join(f"{line}\n" for line in lines)
