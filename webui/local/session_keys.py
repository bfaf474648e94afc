"""Who may talk to this installation: its id, its secret, the cookie they make, and one-use links.

Knows no HTTP server: the command line makes itself a cookie with `cookie_for`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import logging
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from store.clock import Clock

log = logging.getLogger("whimbrel.keys")
Randomness = Callable[[int], bytes]
SECRET_FILE = "secret"  # noqa: S105 - the file's name
INSTALL_ID_FILE = "install-id"
SECRET_BYTES = 32
INSTALL_ID_BYTES = 16
LINK_BYTES = 32
LINK_LIFETIME_S = 600.0
MOST_LINKS = 32
_MOST_REMEMBERED = 32
_COOKIE_VERSION = "v1"
_NONCE_BYTES = 16
_PRIVATE = 0o600


class KeysMissing(Exception):  # noqa: N818 - a state of the data folder, said in two sentences
    """The data folder has no usable keys; `sentence` says so and `advice` what to do."""

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(f"{sentence} {advice}")
        self.sentence = sentence
        self.advice = advice


class OneUseLinks:
    """Keys that open the door once, kept in memory for ten minutes; thread-safe."""

    def __init__(self, clock: Clock, randomness: Randomness = secrets.token_bytes) -> None:
        self._clock = clock
        self._randomness = randomness
        self._lock = threading.Lock()
        self._ends: OrderedDict[bytes, float] = OrderedDict()

    def issue(self) -> str:
        """A fresh key of 256 bits, good once and for ten minutes. Of more than 32 the oldest go."""
        key = _text(self._randomness(LINK_BYTES))
        with self._lock:
            self._ends[_digest(key)] = self._clock.monotonic() + LINK_LIFETIME_S
            while len(self._ends) > MOST_LINKS:
                self._ends.popitem(last=False)
        return key

    def redeem(self, key: str) -> bool:
        """Whether the key was good until now. Looked up by its hash, so that timing tells nothing."""
        with self._lock:
            end = self._ends.pop(_digest(key), None)
        return end is not None and self._clock.monotonic() <= end


@dataclass(frozen=True)
class SessionKeys:
    """The keys of one installation. The secret stays out of `repr`, and so out of logs."""

    install_id: str
    links: OneUseLinks
    secret: bytes = field(repr=False)
    randomness: Randomness = field(default=secrets.token_bytes, repr=False)
    _good: set[str] = field(default_factory=set, repr=False, compare=False)  # cookies that were verified

    @classmethod
    def open(cls, data_dir: Path, clock: Clock, randomness: Randomness = secrets.token_bytes) -> SessionKeys:
        """The keys of a data folder, made now if it has none.

        Raises:
            OSError: the folder can't be written.
        """
        secret = _kept(data_dir / SECRET_FILE, SECRET_BYTES, randomness)
        install_id = _kept(data_dir / INSTALL_ID_FILE, INSTALL_ID_BYTES, randomness).hex()
        return cls(install_id, OneUseLinks(clock, randomness), secret, randomness)

    @property
    def cookie_name(self) -> str:
        """The cookie's name: two installations on one machine share one cookie jar."""
        return f"whimbrel_{self.install_id}"

    def make_cookie(self) -> str:
        """A value that `verify_cookie` takes, now and after every restart, until the secret is removed."""
        nonce = self.randomness(_NONCE_BYTES)
        return f"{_COOKIE_VERSION}.{_text(nonce)}.{_text(self._signature(nonce))}"

    def verify_cookie(self, value: str | None) -> bool:
        """Whether this installation made the value. Compares in constant time, and remembers who was right:
        a value that nobody knows yet is never compared with one of those, its hash is looked up."""
        if value in self._good:
            return True
        good = self._is_ours(value)
        if good and value is not None:
            if len(self._good) >= _MOST_REMEMBERED:
                self._good.clear()
            self._good.add(value)
        return good

    def _is_ours(self, value: str | None) -> bool:
        parts = (value or "").split(".")
        if len(parts) != 3 or parts[0] != _COOKIE_VERSION:  # noqa: PLR2004 - version, nonce, signature
            return False
        nonce, signature = _bytes(parts[1]), _bytes(parts[2])
        return len(nonce) == _NONCE_BYTES and hmac.compare_digest(signature, self._signature(nonce))

    def issue_link(self) -> str:
        """The key of a fresh one-use link; `enter_path` makes the address."""
        return self.links.issue()

    def redeem_link(self, key: str) -> bool:
        """Whether the key was good; it is spent by asking."""
        return self.links.redeem(key)

    def _signature(self, nonce: bytes) -> bytes:
        message = b"\0".join([b"whimbrel cookie", self.install_id.encode(), nonce])
        return hmac.digest(self.secret, message, "sha256")


def enter_path(key: str) -> str:
    """The path of a one-use link."""
    return f"/enter?key={key}"


def cookie_for(data_dir: Path) -> tuple[str, str]:
    """Name and value of a cookie that the Whimbrel running on this data folder takes. Writes nothing.

    Raises:
        KeysMissing: no Whimbrel has run on this folder, or its secret can't be read.
    """
    secret = _read(data_dir / SECRET_FILE, SECRET_BYTES)
    install_id = _read(data_dir / INSTALL_ID_FILE, INSTALL_ID_BYTES)
    if not secret or not install_id:
        raise KeysMissing(
            f"There are no keys of a Whimbrel in {data_dir}.",
            "Start Whimbrel once on this folder, as the same user, and try again.",
        )
    keys = SessionKeys(install_id.hex(), OneUseLinks(_NoClock()), secret)
    return keys.cookie_name, keys.make_cookie()


class _NoClock:
    """For keys that issue no links."""

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return 0.0


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    with contextlib.suppress(ValueError):
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    return b""


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()


def _kept(path: Path, size: int, randomness: Randomness) -> bytes:
    """The random bytes kept in a file, made if they are missing or damaged; whoever comes second gets the
    first one's."""
    kept = _read(path, size)
    while not kept:
        # Missing and damaged are told apart by the reading itself: between a look and a second look another
        # process may have made a good file.
        _create(path, randomness(size).hex() + "\n", replace=kept == b"")
        kept = _read(path, size)
    _make_private(path)
    return kept


def _make_private(path: Path) -> None:
    if os.name != "posix" or not path.stat().st_mode & 0o077:
        return
    log.warning("%s could be read by other users of this machine; taking that away.", path.name)
    with contextlib.suppress(OSError):  # a file system without permissions, such as a memory stick's
        path.chmod(_PRIVATE)


def _read(path: Path, size: int) -> bytes | None:
    """The bytes in the file, None where there is no file, nothing where it is unreadable or damaged."""
    try:
        content = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return b""
    return content if len(content) == size else b""


def _create(path: Path, text: str, *, replace: bool) -> None:
    """Writes a private file whole or not at all. Without `replace`, a file that came meanwhile stays."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(temporary, path, replace=replace)
    finally:
        temporary.unlink(missing_ok=True)


def _put_in_place(temporary: Path, path: Path, *, replace: bool) -> None:
    if replace:
        log.warning("%s was damaged and has been made anew; browsers must be connected again.", path.name)
        temporary.replace(path)
        return
    with contextlib.suppress(FileExistsError):
        try:
            path.hardlink_to(temporary)
        except OSError as error:
            if isinstance(error, FileExistsError):
                raise
            temporary.replace(path)  # a file system without hard links
