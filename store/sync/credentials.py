"""The device's secrets: its bearer token and its Ed25519 private key, in the system's keyring or in a file.

A keyring may be absent (a machine without a desktop) or ask its user and never answer. So each call has two
seconds on a thread of its own; then the file (0600, in the data folder) is used. Neither is ever logged.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import msgspec
from msgspec import Struct

from store.sync.forms import SyncError

T = TypeVar("T")
FILE_NAME = "device-secrets.json"
SERVICE = "Whimbrel collector"
PATIENCE_S = 2.0
Kept = Literal["keyring", "file"]


class Secrets(Struct, frozen=True):
    """`token` as the collector gave it; `private_key` raw Ed25519 in base64."""

    token: str
    private_key: str

    def __repr__(self) -> str:
        return "Secrets(…)"


class Keyring(Protocol):
    """The part of the `keyring` package that is used."""

    def get_password(self, service: str, name: str) -> str | None:
        """What is kept, None where nothing is."""

    def set_password(self, service: str, name: str, password: str) -> None:
        """Keeps it."""

    def delete_password(self, service: str, name: str) -> None:
        """Forgets it."""


class NoKeyring(Exception):  # noqa: N818 - reads as the state that it is
    """There is none, it refuses, or it does not answer in time."""


def system_keyring() -> Keyring:
    """The system's own. Raises NoKeyring where it has none that is safe."""
    import keyring  # noqa: PLC0415 - the server must start without it
    from keyring.backends import fail, null  # noqa: PLC0415

    found = keyring.get_keyring()
    if isinstance(found, fail.Keyring | null.Keyring):
        raise NoKeyring
    return found


class Credentials:
    """The secrets of one installation. Every method may take two seconds."""

    def __init__(
        self,
        data_dir: Path,
        install_id: str,
        find_keyring: Callable[[], Keyring] = system_keyring,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._file = data_dir / FILE_NAME
        self._name = install_id
        self._find = find_keyring
        self._patience_s = patience_s

    def load(self, kept_in: Kept) -> Secrets | None:
        """The secrets, None where there are none. Raises SyncError where the keyring does not answer."""
        if kept_in == "file":
            return self._read_file()
        try:
            text = self._in_time(lambda ring: ring.get_password(SERVICE, self._name))
        except NoKeyring:
            raise SyncError(
                "The system's keyring, which keeps this device's key to the collector, does not answer.",
                "Unlock it (log in to the desktop), or enrol this device again.",
            ) from None
        return _decoded(text)

    def save(self, secrets: Secrets) -> Kept:
        """Keeps the secrets, and says where. Raises SyncError where neither place takes them."""
        text = msgspec.json.encode(secrets).decode()
        try:
            self._in_time(lambda ring: ring.set_password(SERVICE, self._name, text))
            if self._in_time(lambda ring: ring.get_password(SERVICE, self._name)) == text:
                self._file.unlink(missing_ok=True)
                return "keyring"
        except NoKeyring:
            pass
        self._write_file(text)
        return "file"

    def forget(self) -> None:
        """Removes them from both places."""
        with contextlib.suppress(NoKeyring):
            self._in_time(lambda ring: ring.delete_password(SERVICE, self._name))
        self._file.unlink(missing_ok=True)

    def where(self) -> Kept:
        """Where secrets would be kept now."""
        try:
            self._in_time(lambda ring: ring.get_password(SERVICE, self._name))
        except NoKeyring:
            return "file"
        return "keyring"

    def _in_time(self, work: Callable[[Keyring], T]) -> T:
        """What the keyring answers. Raises NoKeyring."""
        found: list[T] = []

        def ask() -> None:
            with contextlib.suppress(Exception):  # a backend raises what it likes; all of it is "no keyring"
                found.append(work(self._find()))

        thread = threading.Thread(target=ask, name="keyring", daemon=True)
        thread.start()
        thread.join(self._patience_s)
        if not found:
            raise NoKeyring
        return found[0]

    def _read_file(self) -> Secrets | None:
        try:
            return _decoded(self._file.read_text(encoding="utf-8"))
        except (OSError, UnicodeError):
            return None

    def _write_file(self, text: str) -> None:
        """Whole or not at all, and nobody else's to read from its first byte on."""
        part = self._file.with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)
        except OSError as error:
            raise SyncError(
                f"This device's key to the collector could not be kept ({error.strerror}).",
                "See that the data folder can be written, then enrol again.",
            ) from error


def _decoded(text: str | None) -> Secrets | None:
    try:
        return None if text is None else msgspec.json.decode(text, type=Secrets)
    except msgspec.MsgspecError:
        return None


def new_private_key() -> str:
    """A new Ed25519 private key, raw in base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key_of(private_key: str) -> str:
    """The public half, raw in base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key))
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
