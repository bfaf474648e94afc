"""The files of releases, kept in the database in pieces, each file once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from store.collector.database import CollectorDatabase, Session
from store.releases.manifest import ReleaseFile

PIECE_BYTES = 64 * 1024
_IS_THERE = "SELECT 1 FROM release_piece WHERE sha256 = ? LIMIT 1"
_ADD_PIECE = "INSERT INTO release_piece (sha256, number, body) VALUES (?, ?, ?)"
_PIECE = "SELECT body FROM release_piece WHERE sha256 = ? AND number = ?"
_ADD_FILE = "INSERT INTO release_file (version, name, size, sha256) VALUES (?, ?, ?, ?)"
_FILE = """
SELECT release_file.size, release_file.sha256 FROM release_file
JOIN release ON release.version = release_file.version
WHERE release_file.version = ? AND release_file.name = ? AND release.state <> 'withdrawn'
"""


class KeptFile(Struct, frozen=True):
    """A file that is here: its size in bytes, and its raw SHA-256."""

    size: int
    sha256: bytes


def keep_file(session: Session, version: int, folder: Path, file: ReleaseFile) -> None:
    """Keeps a file that was checked, within the caller's transaction. Raises OSError."""
    sha256 = keep_pieces(session, folder, file)
    session.change(_ADD_FILE, (version, file.name, file.bytes, sha256))


def keep_pieces(session: Session, folder: Path, file: ReleaseFile) -> bytes:
    """Keeps what is in a file, if it is not here yet; its raw SHA-256."""
    sha256 = bytes.fromhex(file.sha256)
    if not session.rows(_IS_THERE, (sha256,)):
        with (folder / file.name).open("rb") as content:
            pieces = enumerate(iter(lambda: content.read(PIECE_BYTES), b""))
            session.change_many(_ADD_PIECE, ((sha256, number, body) for number, body in pieces))
    return sha256


def find_file(database: CollectorDatabase, version: int, name: str) -> KeptFile | None:
    """A file of a release, None where there is none or the release was withdrawn."""
    with database.read() as session:
        for size, sha256 in session.rows(_FILE, (version, name)):
            return KeptFile(size, bytes(sha256))
    return None


def copy_known(database: CollectorDatabase, file: ReleaseFile, path: Path) -> bool:
    """Writes a file of which the same is here; False where there is none. Raises OSError."""
    sha256 = bytes.fromhex(file.sha256)
    with database.read() as session:
        known = bool(session.rows(_IS_THERE, (sha256,)))
    if known:
        with path.open("wb") as target:
            target.writelines(pieces_of(database, KeptFile(file.bytes, sha256), 0, file.bytes))
    return known


def pieces_of(database: CollectorDatabase, file: KeptFile, start: int, end: int) -> Iterator[bytes]:
    """The bytes `start` up to, without, `end` of a file, in pieces; each is a question of its own."""
    for number in range(start // PIECE_BYTES, -(-end // PIECE_BYTES)):
        with database.read() as session:
            ((body,),) = session.rows(_PIECE, (file.sha256, number))
        first = number * PIECE_BYTES
        yield bytes(body[max(start - first, 0) : end - first])
