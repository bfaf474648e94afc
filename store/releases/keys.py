"""Release keys: Ed25519, the private half in a PEM file that stays offline, the public one a line of text."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from store.releases.errors import ReleaseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32


class SigningKey:
    """A private key, and what it signs."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    def __repr__(self) -> str:
        return "SigningKey(…)"

    @property
    def public_key(self) -> bytes:
        """The raw public half, 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(message)

    def pem(self, passphrase: bytes) -> bytes:
        """PKCS #8, encrypted unless the passphrase is empty."""
        from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415

        locked = forms.BestAvailableEncryption(passphrase) if passphrase else forms.NoEncryption()
        return self._private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, locked)


def new_key() -> SigningKey:
    """A new key pair."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    return SigningKey(Ed25519PrivateKey.generate())


def write_key(key: SigningKey, path: Path, passphrase: bytes) -> Path:
    """Writes the private half to `path`, for its owner alone, and the public half beside it, `.pub`.

    Returns the second path. Raises ReleaseError where either file is there or can't be written.
    """
    public = path.with_name(path.name + ".pub")
    if public.exists():
        raise _not_written(public, "it is there already")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key.pem(passphrase))
            file.flush()
            os.fsync(file.fileno())
        public.write_text(public_text(key.public_key) + "\n", encoding="ascii")
    except FileExistsError:
        raise _not_written(path, "it is there already") from None
    except OSError as error:
        raise _not_written(path, error.strerror or "unknown") from error
    return public


def read_key(path: Path, passphrase: bytes) -> SigningKey:
    """The private key in a file. Raises ReleaseError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        found = load_pem_private_key(path.read_bytes(), passphrase or None)
    except (OSError, ValueError, TypeError) as error:
        raise ReleaseError(
            f"The key in {path} can't be read ({error}).", "Look at its name and its passphrase."
        ) from error
    if not isinstance(found, Ed25519PrivateKey):
        raise ReleaseError(f"{path} is no Ed25519 key.", "Make one with: whimbrel release keygen FILE")
    return SigningKey(found)


def is_locked(path: Path) -> bool:
    """Whether the private key in a file needs a passphrase."""
    try:
        return b"ENCRYPTED" in path.read_bytes()
    except OSError:
        return False


def public_text(public_key: bytes) -> str:
    """A raw public key as people hand it on: base64, one line."""
    return base64.b64encode(public_key).decode()


def read_public(path: Path) -> bytes:
    """The raw public key in a file. Raises ReleaseError."""
    try:
        return public_key_of(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"{path} holds no public release key.", "Give the .pub file that keygen wrote beside the key."
        ) from error


def public_key_of(text: str) -> bytes:
    """The raw public key that `public_text` wrote. Raises ValueError."""
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("not 32 bytes")
    return key


def _not_written(path: Path, why: str) -> ReleaseError:
    return ReleaseError(f"{path} could not be written ({why}).", "Choose another name or folder.")
