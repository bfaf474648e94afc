"""What is to be erased, and which records that is."""

from __future__ import annotations

from typing import Annotated, Any

import apsw
import msgspec
from msgspec import Meta

from store.events import HexDigest, Name
from store.local.errors import StoreError
from store.local.retention import doomed
from store.local.retention.doomed import Share

CONFIRMATION = "erase everything"

_OF_PICTURE = """
SELECT number FROM record WHERE picture = (SELECT number FROM picture WHERE sha256 = unhex(:sha256))
"""
_OF_SESSION = "SELECT number FROM record WHERE session_id = :session"
_ALL = "SELECT number FROM record"


class Scope(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """One of: a picture by its SHA-256, a session by its id, or everything."""

    picture_sha256: HexDigest | None = None
    session_id: Name | None = None
    everything: Annotated[bool, Meta(description="Every record, picture and correction.")] = False

    def checked(self) -> Scope:
        """Itself. Raises WrongScope unless it names exactly one of the three."""
        if (self.picture_sha256 is not None) + (self.session_id is not None) + self.everything != 1:
            raise WrongScope(
                "That does not say what to erase.",
                "Name one of `pictureSha256`, `sessionId` and `everything`.",
            )
        return self

    def nameless(self) -> Scope:
        """What may stay in the log of it: which kind of thing it was, and not which one."""
        return Scope(everything=self.everything)

    def values(self) -> dict[str, Any]:
        """The values of its statement."""
        if self.picture_sha256 is not None:
            return {"sha256": self.picture_sha256}
        return {} if self.session_id is None else {"session": self.session_id}

    def statement(self) -> str:
        """Selects the numbers of its records."""
        if self.picture_sha256 is not None:
            return _OF_PICTURE
        return _ALL if self.session_id is None else _OF_SESSION


class WrongScope(StoreError):  # noqa: N818
    """What is to be erased is not said, or not confirmed."""


def records_of(connection: apsw.Connection, scope: Scope) -> list[int]:
    """The numbers of its records, without those that only go with them."""
    rows: Any = connection.execute(scope.statement(), scope.values())
    return [number for (number,) in rows]


def shares_of(connection: apsw.Connection, scope: Scope) -> dict[str, Share]:
    """What would go, by the kinds of `Amounts`; on a reader, inside a transaction."""
    with doomed.going(connection, f"INSERT INTO gone (number) {scope.statement()}", scope.values()):
        return doomed.shares(connection)
