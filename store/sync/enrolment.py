"""Connects this device to a collector with a code that somebody there made."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from store import enrolment_code
from store.clock import Clock
from store.enrolment_code import EnrolmentCode
from store.protocol import ENROL, SCHEMA, EnrolAnswer, EnrolRequest, Refusal
from store.sync.address import collector_url
from store.sync.credentials import Credentials, Secrets, new_private_key, public_key_of
from store.sync.forms import Enrolment, SyncError
from store.sync.transport import Transport
from store.sync.verdict import Response
from store.sync.words import BY_ITSELF, failure_words

_OK, _FORBIDDEN, _UPDATE, _TOO_MANY = 200, 403, 426, 429
_AGAIN = "Try again later; the code stays good for a day."
_NEW_CODE = "Ask your team for a new code."
_CODES = {
    "code-unknown": ("The collector does not know this code.", "Compare it letter by letter, or ask anew."),
    "code-used": ("This code was used already; each works once.", _NEW_CODE),
    "code-expired": ("This code is too old.", _NEW_CODE),
}


class Device(Struct, frozen=True):
    """What a collector is told of this device when it enrols."""

    name: str
    app_version: str
    platform: str
    install_id: str


class Entered(Struct, frozen=True):
    """Where this device belongs now, the greatest number that it withdrew there, and whether it came with the
    key that it had before."""

    enrolment: Enrolment
    withdrawn: int
    same_key: bool


class Enrolling:
    """Makes (or finds) this device's key, asks the collector, and keeps what it gives."""

    def __init__(self, transport: Transport, credentials: Credentials, device: Device, clock: Clock) -> None:
        self._transport = transport
        self._credentials = credentials
        self._device = device
        self._clock = clock

    def enrol(self, url: str, text: str, before: Enrolment | None) -> Entered:
        """Enrols with a code; `before` is where this device belonged until now. Raises SyncError.

        The same key pair is used again, by which a collector knows a device that comes back.
        """
        address, code = collector_url(url), _read_code(text)
        known_key = self._known_key(before)
        private_key = known_key or new_private_key()
        told = _told(self._ask(address, code, private_key))
        _check_roots(code, told.release_roots)
        kept_in = self._credentials.save(Secrets(told.token, private_key))
        enrolment = Enrolment(
            url=address,
            collector_id=told.collector_id,
            device_id=told.device_id,
            name=self._device.name,
            enrolled_at=self._clock.now_ms(),
            kept_in=kept_in,
            release_roots=tuple(told.release_roots) if code.fingerprint else (),
            receipt_key=told.receipt_key,
        )
        return Entered(enrolment, told.withdrawn or 0, known_key is not None)

    def _known_key(self, before: Enrolment | None) -> str | None:
        try:
            secrets = None if before is None else self._credentials.load(before.kept_in)
        except SyncError:
            return None
        return None if secrets is None else secrets.private_key

    def _ask(self, address: str, code: EnrolmentCode, private_key: str) -> Response:
        request = EnrolRequest(
            schema=SCHEMA,
            code=code.text,
            device_name=self._device.name,
            public_key=public_key_of(private_key),
            app_version=self._device.app_version,
            platform=self._device.platform,
            install_id=self._device.install_id,
        )
        return self._transport.post(address + ENROL, msgspec.json.encode(request), None)


def _read_code(text: str) -> EnrolmentCode:
    try:
        return enrolment_code.parse(text)
    except ValueError:
        raise SyncError(
            "This is not an enrolment code.", "It has four or six groups of four letters and digits."
        ) from None


def _told(response: Response) -> EnrolAnswer:
    if response.failure:
        raise _not_enrolled(response.failure)
    if response.status == _OK:
        return _decoded(response)
    code = _refusal(response).code
    if response.status == _FORBIDDEN and code in _CODES:
        raise SyncError(*_CODES[code])
    if response.status == _UPDATE:
        raise SyncError(*failure_words("update-needed"))
    if response.status == _TOO_MANY:
        raise SyncError("The collector was asked too often.", "Try again in some minutes.")
    raise _not_enrolled(f"http-{response.status}")


def _not_enrolled(code: str) -> SyncError:
    """In the words for sending, but that nothing is tried again by itself."""
    sentence, advice = failure_words(code)
    return SyncError(sentence, _AGAIN if advice == BY_ITSELF else advice)


def _decoded(response: Response) -> EnrolAnswer:
    try:
        told = msgspec.json.decode(response.body, type=EnrolAnswer)
        if len(base64.urlsafe_b64decode(told.token + "==")) > 0:
            return told
    except (ValueError, RecursionError):
        pass
    raise _not_enrolled("not-json")


def _refusal(response: Response) -> Refusal:
    try:
        return msgspec.json.decode(response.body, type=Refusal)
    except (ValueError, RecursionError):
        return Refusal()


def _check_roots(code: EnrolmentCode, roots: Sequence[str]) -> None:
    """The code came another way than the answer: keys that it does not name are somebody else's."""
    if code.fingerprint is None:
        return
    try:
        keys = [base64.b64decode(root, validate=True) for root in roots]
    except ValueError:
        keys = []
    if enrolment_code.roots_fingerprint(keys) != code.fingerprint:
        raise SyncError(
            "The keys that sign this collector's models are not those that the code names.",
            "Do not go on; tell your team.",
        )
