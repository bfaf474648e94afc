"""Log files in the data folder, rotated, with no secret in them."""

from __future__ import annotations

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

from desktop.settings import Settings

_BYTES, _KEPT = 1_000_000, 5
FILE_NAME = "whimbrel.log"
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SECRETS = re.compile(r"(?<=[?&]key=)[^&\s\"']+|(?<=whimbrel_)([0-9a-f]+=)[^;\s\"']+")
_LIBRARIES = ("tornado", "httpx", "httpcore", "asyncio", "pywebview", "PIL")


class Redacting(logging.Formatter):
    """Formats records, and takes one-use keys and cookies out of the whole text, traces included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one or more lines."""
        return _SECRETS.sub(r"\1...", super().format(record))


def start_logging(folder: Path, level: str) -> None:
    """Log to `whimbrel.log` in the folder (1 MB, five kept); where that can't be, go on without."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False
    try:
        folder.mkdir(exist_ok=True)
        handler = RotatingFileHandler(
            folder / FILE_NAME, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8"
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(Redacting(_FORM))
    root.addHandler(handler)


def log_failure(error: Exception, settings: Settings | None) -> Path | None:
    """Log an unexpected error with its trace. Returns the file it went to, None where there is none."""
    if settings is None:
        return None
    folder = settings.data_dir / "logs"
    if not logging.getLogger().handlers:
        start_logging(folder, settings.log_level)
    logging.getLogger("whimbrel").error("the command ended with an error", exc_info=error)
    place = folder / FILE_NAME
    return place if place.is_file() else None
