"""The team's accounts: who may look, settle labels, or let devices in and put them out."""

from __future__ import annotations

import hashlib
import secrets

import msgspec

from store.clock import Clock
from store.collector import days, passwords, rate_buckets
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase
from store.collector.errors import NotThere, TokenRefused
from store.collector.rate_buckets import Rate

VIEWER, LABELLER, ADMIN = "viewer", "labeller", "admin"
ROLES = (VIEWER, LABELLER, ADMIN)
LASTS_DAYS = 7
ATTEMPTS = Rate(0.05, 10)  # of one account or from one address: ten at once, then three a minute
_SET = """
INSERT INTO account (name, role, password_hash, made_at) VALUES (?, ?, ?, ?)
ON CONFLICT (name)
DO UPDATE SET role = excluded.role, password_hash = excluded.password_hash, closed_at = NULL
"""
_CLOSE = "UPDATE account SET closed_at = ? WHERE name = ? AND closed_at IS NULL"
_OPEN = "SELECT role, password_hash FROM account WHERE name = ? AND closed_at IS NULL"
_ALL = "SELECT name, role, closed_at FROM account ORDER BY name"
_BEGIN = "INSERT INTO sign_in (token_hash, account, began_at, day) VALUES (?, ?, ?, ?)"
_END = "DELETE FROM sign_in WHERE token_hash = ?"
_END_ALL = "DELETE FROM sign_in WHERE account = ?"
_TOO_OLD = "DELETE FROM sign_in WHERE day < ?"
_WHO = """
SELECT account.name, account.role FROM sign_in JOIN account ON account.name = sign_in.account
WHERE token_hash = ? AND closed_at IS NULL AND day >= (SELECT max(number) FROM counted_day) - ?
"""


class Account(msgspec.Struct, frozen=True):
    """Somebody of the team."""

    name: str
    role: str

    def may(self, role: str) -> bool:
        """Whether this account may do what is for `role` and those above it."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Accounts:
    """Accounts and who is signed in."""

    def __init__(self, database: CollectorDatabase, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def put(self, name: str, role: str, password: str, who: str) -> None:
        """Makes an account, or gives one another role and password; whoever is signed in by it is out."""
        kept = passwords.hashed(password)
        with self._database.write() as session:
            session.change(_SET, (name, role, kept, self._clock.now_ms()))
            session.change(_END_ALL, (name,))
            self._audit.note(session, who, "account-set", {"account": name, "role": role})

    def close(self, name: str, who: str) -> None:
        """Lets nobody in by this account any more. Raises NotThere."""
        with self._database.write() as session:
            if session.change(_CLOSE, (self._clock.now_ms(), name)) == 0:
                raise NotThere(f"There is no account {name!r} that is open.")
            session.change(_END_ALL, (name,))
            self._audit.note(session, who, "account-closed", {"account": name})

    def all(self) -> list[tuple[Account, bool]]:
        """Every account, and whether it is open."""
        with self._database.read() as session:
            return [(Account(name, role), closed is None) for name, role, closed in session.rows(_ALL)]

    def sign_in(self, name: str, password: str, address: str) -> str:
        """A token for a cookie, good for `LASTS_DAYS`. Raises TokenRefused, and TooOften for guessers."""
        self._count(name, address)
        with self._database.read() as session:
            found = session.rows(_OPEN, (name,))
        if not passwords.fits(password, found[0][1] if found else None):
            raise TokenRefused("This name and password do not belong together.", "Try again.")
        token = secrets.token_urlsafe(32)
        with self._database.write() as session:
            today = days.today(session)
            session.change(_TOO_OLD, (today - LASTS_DAYS,))
            session.change(_BEGIN, (_hash(token), name, self._clock.now_ms(), today))
            self._audit.note(session, name, "signed-in", {"address": address})
        return token

    def _count(self, name: str, address: str) -> None:
        now = self._clock.now_ms()
        with self._database.passing() as session:
            rate_buckets.take(session, f"sign-in from {address}", ATTEMPTS, now)
            rate_buckets.take(session, f"sign-in as {_hash(name).hex()}", ATTEMPTS, now)

    def who(self, token: str) -> Account | None:
        """Who is signed in by this token, None where nobody is."""
        with self._database.read() as session:
            found = session.rows(_WHO, (_hash(token), LASTS_DAYS))
        return Account(*found[0]) if found else None

    def sign_out(self, token: str) -> None:
        """Ends what `sign_in` began."""
        with self._database.write() as session:
            session.change(_END, (_hash(token),))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
