"""A damaged memory that was set aside and for which nobody has decided yet: kept in a file, so that no start
begins an empty memory by itself.

`recovery.json` is written before the damaged file moves, and goes after another file is in its place:
whatever moment a power cut picks, the next start knows what is due.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from store.clock import Clock
from store.local import folder as data_folder
from store.local.errors import DamagedStore

log = logging.getLogger("whimbrel.recovery")
NOTE = "recovery.json"
NEW = f"{data_folder.FILE_NAME}.new"


class Pending(msgspec.Struct, frozen=True, rename="camel"):
    """What was found: the folder in which the file lies, why, when (ms), and how much it held if known.

    `moved` is False while the file may still be on its way there.
    """

    folder: str
    reason: str
    found_at: int
    records: int | None = None
    moved: bool = False


def pending_in(data_dir: Path) -> Pending | None:
    """What waits for a decision in a data folder. Ends a setting aside that was cut short."""
    note = data_dir / NOTE
    try:
        pending = msgspec.json.decode(note.read_bytes(), type=Pending)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        log.warning("%s cannot be read: the newest folder that was set aside counts", note)
        pending = _guessed(data_dir)
    if not pending.moved:
        return _move(data_dir, pending)
    if (data_dir / data_folder.FILE_NAME).exists():
        settle(data_dir)
        return None
    return pending


def _guessed(data_dir: Path) -> Pending:
    """For a note that is itself damaged."""
    folders = sorted(path.name for path in data_dir.glob("damaged-*") if path.is_dir())
    return Pending(folders[-1] if folders else "damaged", "Its note was damaged, too.", 0, moved=True)


def set_aside(path: Path, clock: Clock, reason: str, records: int | None = None) -> Pending:
    """Moves a damaged memory, unchanged, into a folder of its own, and notes that a decision is due."""
    target = data_folder.new_folder(path.parent, "damaged", clock)
    pending = Pending(target.name, reason, clock.now_ms(), records)
    _write(path.parent, pending)
    pending = _move(path.parent, pending)
    data_folder.leave(path.parent)
    log.error("the memory is damaged (%s) and was set aside in %s", reason, target)
    return pending


def _move(data_dir: Path, pending: Pending) -> Pending:
    data_folder.move_aside(data_dir / data_folder.FILE_NAME, data_dir / pending.folder)
    pending = msgspec.structs.replace(pending, moved=True)
    _write(data_dir, pending)
    return pending


def put_in_place(data_dir: Path, clock: Clock) -> None:
    """Makes the finished file NEW the memory; one that is there goes into a folder of its own first."""
    path = data_dir / data_folder.FILE_NAME
    if data_folder.parts(path):
        data_folder.move_aside(path, data_folder.new_folder(data_dir, "replaced", clock))
    (data_dir / NEW).replace(path)
    data_folder.sync_folder(data_dir)
    settle(data_dir)


def settle(data_dir: Path) -> None:
    """Takes the note away: a memory is in its place."""
    (data_dir / NOTE).unlink(missing_ok=True)
    data_folder.sync_folder(data_dir)


def damaged(data_dir: Path, pending: Pending) -> DamagedStore:
    """The error for a memory that waits for a decision."""
    return DamagedStore(
        f"Whimbrel's memory was damaged and lies, unchanged, in {data_dir / pending.folder} "
        f"({pending.reason.rstrip('.')}).",
        "Start Whimbrel to choose what to do, or run: whimbrel recover restore (or salvage, or fresh). "
        f"Backups are in {data_dir / data_folder.BACKUPS}.",
    )


def _write(data_dir: Path, pending: Pending) -> None:
    data_folder.write_whole(data_dir / NOTE, msgspec.json.encode(pending))
