"""Where the queue lives: a copy of the memory, or one that was put back, is another queue.

Two files that both go on from the same number would give it to different records. So the file's own place
(machine, device, inode) is kept in it: where that does not fit any more, a new epoch begins. A new one for
nothing costs nothing, since a collector knows records by their ids.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import apsw

from store.local import outbox_lease
from store.local.connection import rows_of
from store.local.outbox_mend import mend

_MACHINE_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_STATE = "SELECT home, batch FROM outbox_state"
_MOVED = "UPDATE outbox_state SET home = ?, epoch = ?"


def machine_id() -> str:
    """What tells this machine from others: the system's own id, else its name in the network."""
    for path in _MACHINE_FILES:
        try:
            return path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            continue
    return _registered_id() or platform.node()


def _registered_id() -> str | None:
    if sys.platform != "win32":
        return None
    import winreg  # noqa: PLC0415 - there is none elsewhere

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    except OSError:
        return None


def home_of(path: Path, machine: str) -> bytes:
    """16 bytes that stand for this file on this machine. Raises OSError."""
    status = path.stat()
    place = f"{machine} {status.st_dev} {status.st_ino}"
    return hashlib.sha256(place.encode()).digest()[:16]


def move_in(connection: apsw.Connection, home: bytes, new_id: Callable[[], bytes]) -> None:
    """Begins a new epoch where the file is not where it was, and ends what was in flight before.

    A file that moved may have been salvaged: it is looked at whether it adds up. To be called once, when the
    memory is opened, inside a transaction.
    """
    before, batch = next(iter(rows_of(connection, _STATE)), (None, None))
    if before != home:
        mend(connection)
        connection.execute(_MOVED, (home, new_id()))
    if batch is not None:
        outbox_lease.release_all(connection)
