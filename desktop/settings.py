"""Every setting of the program, in one table: a flag beats the environment, which beats `settings.toml`.

`settings.toml` lies in the data folder, so that a copied folder behaves as it did. docs/settings.md shows the
same table to people; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from desktop.errors import PlainError

FILE_NAME = "settings.toml"
LOG_LEVELS = ("debug", "info", "warning", "error")
Source = Literal["flag", "environment", "file", "default"]
_YES, _NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")


@dataclass(frozen=True)
class Settings:
    """What a run of the program was asked to do; made by `load`."""

    data_dir: Path
    port: int | None
    window: bool
    open_browser: bool
    log_level: str


@dataclass(frozen=True)
class Option:
    """One row of the table. `read` makes a value of a text and raises ValueError with what is allowed."""

    name: str
    default: Any
    read: Callable[[str], Any]
    flag: str
    help: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"WHIMBREL_{self.name.upper()}"


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:  # noqa: PLR2004 - the largest port there is
        raise ValueError("a port is a number from 1 to 65535")
    return int(text)


def _switch(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError("it is either yes or no")


def _level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"it is one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def _folder(text: str) -> Path:
    if not text.strip():
        raise ValueError("it is the path of a folder")
    return Path(text).expanduser().absolute()


def default_data_dir() -> Path:
    """The folder that this system gives an app for its data."""
    from platformdirs import user_data_path  # noqa: PLC0415 - not needed when a folder is named

    return user_data_path("whimbrel", appauthor=False)


OPTIONS: tuple[Option, ...] = (
    Option("data_dir", None, _folder, "--data-dir", "folder in which everything is kept"),
    Option(
        "port", None, _port, "--port", "port to listen on; without it the one remembered in the data folder"
    ),
    Option("window", True, _switch, "--no-window", "serve only, and print the address"),
    Option("open_browser", True, _switch, "--no-browser", "do not open the system's browser"),
    Option("log_level", "info", _level, "--log-level", f"how much to log: {', '.join(LOG_LEVELS)}"),
)


def load(flags: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Settings from flags (name to value, None where not given), environment and file.

    Raises PlainError with a sentence that names the source of a wrong value.
    """
    named = flags.get("data_dir") or _from_environment(OPTIONS[0], environment)
    data_dir = named if isinstance(named, Path) else default_data_dir()
    written = written_in(data_dir / FILE_NAME)
    values = {option.name: source_of(option, flags, environment, written)[1] for option in OPTIONS[1:]}
    return Settings(data_dir=data_dir, **values)


def source_of(
    option: Option, flags: Mapping[str, Any], environment: Mapping[str, str], written: Mapping[str, object]
) -> tuple[Source, Any]:
    """Where a setting's value comes from, and it. Raises PlainError for a variable with a wrong one."""
    candidates: tuple[tuple[Source, object], ...] = (
        ("flag", flags.get(option.name)),
        ("environment", _from_environment(option, environment)),
        ("file", written.get(option.name)),
    )
    return next((found for found in candidates if found[1] is not None), ("default", option.default))


def parsed(option: Option, text: str, source: str) -> object:
    """The option's value from a text. Raises PlainError that names the source."""
    try:
        return option.read(text)
    except ValueError as error:
        raise PlainError(
            f"{source} is {text!r}, which Whimbrel can't use.", f"Change it: {error}.", 2
        ) from None


def _from_environment(option: Option, environment: Mapping[str, str]) -> object:
    text = environment.get(option.variable)
    return parsed(option, text, f"The environment variable {option.variable}") if text else None


def written_in(path: Path) -> dict[str, object]:
    """The settings in a file, none where it is not there. Raises PlainError for what Whimbrel can't use."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise PlainError(f"The file {path} can't be read ({error}).", "Mend or remove it.", 2) from None
    import tomllib  # noqa: PLC0415 - only where there is a file

    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlainError(f"The file {path} is not valid TOML ({error}).", "Mend or remove it.", 2) from None
    known = {option.name: option for option in OPTIONS if option.name != "data_dir"}
    for name in written:
        if name not in known:
            raise PlainError(
                f"The file {path} has a setting {name!r} that Whimbrel does not know.",
                f"Known are {', '.join(known)}.",
                2,
            )
    return {
        name: parsed(known[name], str(value), f"The setting {name!r} in {path}")
        for name, value in written.items()
    }


if {option.name for option in OPTIONS} != {entry.name for entry in fields(Settings)}:
    raise AssertionError("the table of settings and the dataclass differ")
