"""Devices and other senders: how they get in, what they may do, and how they are put out again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from store import enrolment_code
from store.clock import Clock
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import CodeRefused, NotThere, TokenRefused
from store.collector.release_keys import current_keys

SYNC, STATISTICS, METRICS, EXPORTS = "sync", "statistics", "metrics", "exports"
SCOPES = (SYNC, STATISTICS, METRICS, EXPORTS)
CODE_LASTS_MS = 24 * 3_600_000
TOKEN_BYTES = 32
_FIELDS = (
    "id, name, scopes, group_name, app_version, platform, enrolled_at, revoked_at, last_seen_at, waiting, "
    "accepted, clock_offset_ms"
)
_BY_TOKEN = f"SELECT {_FIELDS}, token_hash FROM device WHERE token_hash = ?"  # noqa: S608 - our own names
_ALL = f"SELECT {_FIELDS} FROM device ORDER BY name, id"  # noqa: S608
_ADD = """
INSERT INTO device (id, name, public_key, token_hash, scopes, group_name, install_id, app_version, platform,
    enrolled_at, accepted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
"""
_CODE = "SELECT group_name, expires_at, used_by FROM enrolment_code WHERE code_hash = ?"
_ADD_CODE = """
INSERT INTO enrolment_code (code_hash, made_by, group_name, made_at, expires_at) VALUES (?, ?, ?, ?, ?)
"""
_USE_CODE = "UPDATE enrolment_code SET used_by = ?, used_at = ? WHERE code_hash = ?"
_UNSEEN = (
    "SELECT id FROM device WHERE id = ? AND public_key = ? AND last_seen_at IS NULL AND revoked_at IS NULL"
)
_OF_KEY = "SELECT id FROM device WHERE public_key = ?"
_TAKE_AGAIN = """
UPDATE device SET token_hash = ?, name = ?, install_id = ?, app_version = ?, platform = ?, revoked_at = NULL
WHERE id = ?
"""
_REVOKE = "UPDATE device SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"


class Device(msgspec.Struct, frozen=True):
    """One sender. Times are milliseconds since the epoch; `waiting` is what it said it has yet to send."""

    id: bytes
    name: str
    scopes: tuple[str, ...]
    group: str | None
    app_version: str | None
    platform: str | None
    enrolled_at: int
    revoked_at: int | None
    last_seen_at: int | None
    waiting: int | None
    accepted: int
    clock_offset_ms: int | None


class Newcomer(msgspec.Struct, frozen=True):
    """What a device says of itself when it enrols; `public_key` is its raw Ed25519 key, 32 bytes."""

    name: str
    public_key: bytes
    install_id: str
    app_version: str
    platform: str


class Admitted(msgspec.Struct, frozen=True):
    """What a device is given: its id here, and the token, which the collector can't tell again."""

    device_id: bytes
    token: str


class _Place(NamedTuple):
    """What the collector says of a sender."""

    id: bytes
    scopes: Sequence[str]
    group: str | None


class Devices:
    """The collector's senders. Every method is one transaction."""

    def __init__(self, database: CollectorDatabase, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def new_code(self, made_by: str, *, group: str | None = None, lasts_ms: int = CODE_LASTS_MS) -> str:
        """Makes an enrolment code, good once, for so long. It is told only here."""
        with self._database.read() as session:
            roots = current_keys(session)
        code = enrolment_code.make(enrolment_code.roots_fingerprint(roots) if roots else None)
        now = self._clock.now_ms()
        with self._database.write() as session:
            session.change(_ADD_CODE, (code.hash, made_by, group, now, now + lasts_ms))
            self._audit.note(session, made_by, "code-made", {"group": group, "lasts_ms": lasts_ms})
        return code.text

    def enrol(self, code: str, newcomer: Newcomer) -> Admitted:
        """Takes a device in, or takes one in again that is known by its key: it keeps its id and gets a new
        token, and if it was revoked, the fresh code counts. Raises CodeRefused."""
        with self._database.write() as session:
            code_hash, group = self._good_code(session, code, newcomer.public_key)
            token, now = _new_token(), self._clock.now_ms()
            known = session.rows(_OF_KEY, (newcomer.public_key,))
            device_id = bytes(known[0][0]) if known else secrets.token_bytes(16)
            if known:
                about = (newcomer.name, newcomer.install_id, newcomer.app_version, newcomer.platform)
                session.change(_TAKE_AGAIN, (token_hash(token), *about, device_id))
            else:
                self._add(session, newcomer, token, _Place(device_id, (SYNC,), group))
            session.change(_USE_CODE, (device_id, now, code_hash))
            details = {"device": device_id.hex(), "again": bool(known)}
            self._audit.note(session, newcomer.name, "device-enrolled", details)
            return Admitted(device_id, token)

    def _good_code(self, session: Session, text: str, public_key: bytes) -> tuple[bytes, str | None]:
        """The hash and the group of a code that lets this key in. Raises CodeRefused.

        A code lets the same key in twice before it sent anything: the first answer may not have arrived.
        """
        try:
            code_hash = enrolment_code.parse(text).hash
        except ValueError:
            code_hash = b""
        for group, expires_at, used_by in session.rows(_CODE + session.dialect.for_update, (code_hash,)):
            if used_by is not None and not session.rows(_UNSEEN, (used_by, public_key)):
                raise CodeRefused("code-used", "This enrolment code was used before.", "Ask for a fresh one.")
            if self._clock.now_ms() >= expires_at:
                raise CodeRefused("code-expired", "This enrolment code has run out.", "Ask for a fresh one.")
            return code_hash, group
        raise CodeRefused("code-unknown", "This enrolment code is unknown.", "Check each character of it.")

    def _add(self, session: Session, newcomer: Newcomer, token: str, place: _Place) -> None:
        key = newcomer.public_key or None
        about = (newcomer.install_id or None, newcomer.app_version or None, newcomer.platform or None)
        row = (place.id, newcomer.name, key, token_hash(token), " ".join(place.scopes), place.group)
        session.change(_ADD, (*row, *about, self._clock.now_ms()))

    def new_token(self, name: str, scopes: Sequence[str], made_by: str) -> Admitted:
        """A token for a program that is not Whimbrel. It is told only here."""
        device_id, token = secrets.token_bytes(16), _new_token()
        with self._database.write() as session:
            program = Newcomer(name, b"", "", "", "")
            self._add(session, program, token, _Place(device_id, scopes, None))
            details = {"device": device_id.hex(), "name": name, "scopes": list(scopes)}
            self._audit.note(session, made_by, "token-made", details)
        return Admitted(device_id, token)

    def of_token(self, token: str) -> Device:
        """Who has this token. Raises TokenRefused."""
        with self._database.read() as session:
            return device_of_token(session, token)

    def all(self) -> list[Device]:
        """Every sender, by name, revoked ones too."""
        with self._database.read() as session:
            return [_device(row) for row in session.rows(_ALL)]

    def find(self, text: str) -> Device:
        """The one sender whose id starts with this, or that has this name. Raises NotThere."""
        fitting = [each for each in self.all() if each.name == text or each.id.hex().startswith(text.lower())]
        if len(fitting) != 1:
            what = "no device" if not fitting else f"{len(fitting)} devices"
            raise NotThere(f"There is {what} {text!r} here.", "`whimbrel collect devices` lists them.")
        return fitting[0]

    def revoke(self, device_id: bytes, who: str) -> None:
        """Puts a sender out, at once; what it sent stays. Raises NotThere where it is not in."""
        with self._database.write() as session:
            if session.change(_REVOKE, (self._clock.now_ms(), device_id)) == 0:
                raise NotThere("This device is not enrolled, or was revoked before.")
            self._audit.note(session, who, "device-revoked", {"device": device_id.hex()})


def device_of_token(session: Session, token: str) -> Device:
    """Who has this token. Raises TokenRefused."""
    wanted = token_hash(token)
    for *fields, kept in session.rows(_BY_TOKEN, (wanted,)):
        device = _device(fields)
        if hmac.compare_digest(kept, wanted) and device.revoked_at is None:
            return device
    raise TokenRefused(
        "The collector does not know this device any more.", "Enrol it anew, with a fresh code."
    )


def token_hash(token: str) -> bytes:
    """What the collector keeps of a token; of a text that is none, something that no token has."""
    try:
        secret = base64.b64decode(token.encode() + b"=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    return hashlib.sha256(secret).digest() if len(secret) == TOKEN_BYTES else b""


def _new_token() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=")


def _device(row: Sequence[Any]) -> Device:
    device_id, name, scopes, *rest = row
    return Device(device_id, name, tuple(scopes.split()), *rest)
