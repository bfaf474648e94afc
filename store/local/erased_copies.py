"""A note beside the backups that some of them hold what was erased, and go with the next good backup.

An erasure that meets a damaged memory can make no fresh backup, and the old ones are then all that is left of
the memory. The note is a file of its own: the memory itself may be set aside or replaced before that.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from store.local.folder import sync_folder, write_whole

log = logging.getLogger("whimbrel.backups")
NOTE = "holds-erased.json"
EVERY = 2**62  # of a note that cannot be read: a fresh backup is then the only one that is known to be clean


class _Note(msgspec.Struct, frozen=True):
    through: int


def note(folder: Path, through: int) -> None:
    """Writes down that the backups up to this sequence hold what was erased; where none is, there is none."""
    if through > 0:
        write_whole(folder / NOTE, msgspec.json.encode(_Note(max(through, noted(folder) or 0))))


def noted(folder: Path) -> int | None:
    """The last sequence that holds what was erased, None where none does."""
    try:
        return msgspec.json.decode((folder / NOTE).read_bytes(), type=_Note).through
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        log.warning("%s cannot be read: every older backup counts", folder / NOTE)
        return EVERY


def settle(folder: Path) -> None:
    """Takes the note away: those backups are gone."""
    (folder / NOTE).unlink(missing_ok=True)
    sync_folder(folder)
