"""Enrolling with a code, and where the secrets are kept."""

from __future__ import annotations

import base64
import stat
import threading
from pathlib import Path

import msgspec
import pytest
from keyrings import GoodKeyring, no_keyring
from local_records import HandClock
from paper_collector import COLLECTOR, DEVICE, TOKEN, answer, refusal

from store import enrolment_code
from store.protocol import ENROL, EnrolAnswer, EnrolRequest
from store.sync.credentials import FILE_NAME, Credentials, Keyring, Secrets
from store.sync.enrolment import Device, Enrolling
from store.sync.forms import Enrolment, SyncError
from store.sync.transport import Part
from store.sync.verdict import Response

ROOT = b"\x07" * 32
CODE = enrolment_code.make().text


class Door:
    """A transport to a collector that only enrols."""

    def __init__(self, response: Response | None = None, roots: tuple[bytes, ...] = ()) -> None:
        keys = [base64.b64encode(root).decode() for root in roots]
        self.response = response or answer(EnrolAnswer(COLLECTOR, DEVICE, TOKEN, 1, 1, 1, keys))
        self.requests: list[EnrolRequest] = []

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        assert (url, token) == ("https://collector.example" + ENROL, None)
        self.requests.append(msgspec.json.decode(body, type=EnrolRequest))
        return self.response

    def get(self, url: str, token: str | None, part: Part | None = None) -> Response:
        raise AssertionError(url)

    def close(self) -> None:
        """Nothing is open."""


def enrolling(folder: Path, door: Door, find: object = no_keyring) -> Enrolling:
    credentials = Credentials(folder, "1n", find)  # type: ignore[arg-type]
    return Enrolling(door, credentials, Device("laptop", "1.0", "Debian", "1n"), HandClock())


def enrol(folder: Path, door: Door, code: str = CODE, before: Enrolment | None = None) -> Enrolment:
    return enrolling(folder, door).enrol("collector.example", code, before).enrolment


def test_a_device_gets_its_place(tmp_path: Path) -> None:
    door = Door()
    made = enrol(tmp_path, door, CODE.lower())
    assert (made.url, made.collector_id, made.device_id) == ("https://collector.example", COLLECTOR, DEVICE)
    (request,) = door.requests
    assert (request.code, request.device_name) == (CODE, "laptop")
    assert len(base64.b64decode(request.public_key)) == 32
    secrets = Credentials(tmp_path, "1n", no_keyring).load(made.kept_in)
    assert secrets is not None
    assert secrets.token == TOKEN
    assert request.public_key not in repr(secrets) and TOKEN not in repr(secrets)


def test_a_device_that_comes_back_is_known_by_its_key(tmp_path: Path) -> None:
    door = Door()
    first = enrol(tmp_path, door)
    enrol(tmp_path, door, before=first)
    Credentials(tmp_path, "1n", no_keyring).forget()
    enrol(tmp_path, door, before=first)
    keys = [request.public_key for request in door.requests]
    assert keys[0] == keys[1] != keys[2]


def test_the_code_says_which_keys_sign_models(tmp_path: Path) -> None:
    code = enrolment_code.make(enrolment_code.roots_fingerprint([ROOT])).text
    made = enrol(tmp_path, Door(roots=(ROOT,)), code)
    assert made.release_roots == (base64.b64encode(ROOT).decode(),)
    for roots in ((b"\x08" * 32,), (), (ROOT, ROOT)):
        with pytest.raises(SyncError, match="tell your team"):
            enrol(tmp_path, Door(roots=roots), code)


def test_keys_that_no_code_names_are_not_believed(tmp_path: Path) -> None:
    assert enrol(tmp_path, Door(roots=(ROOT,))).release_roots == ()


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (refusal(403, "code-used"), "used already"),
        (refusal(403, "code-expired"), "too old"),
        (refusal(403, "code-unknown"), "does not know"),
        (refusal(426), "Update"),
        (refusal(429), "too often"),
        (refusal(500), "could not take"),
        (Response(failure="offline"), "Try again later"),
        (Response(200, "text/html", b"<html>"), "log in"),
        (answer({"collector_id": COLLECTOR}), "log in"),
        (Response(302), "could not take"),
    ],
)
def test_what_went_wrong_is_said_and_nothing_is_kept(tmp_path: Path, response: Response, says: str) -> None:
    with pytest.raises(SyncError, match=says):
        enrol(tmp_path, Door(response))
    assert not list(tmp_path.iterdir())


def test_what_is_no_code_asks_nobody(tmp_path: Path) -> None:
    door = Door()
    with pytest.raises(SyncError, match="not an enrolment code"):
        enrol(tmp_path, door, "K7QF")
    assert not door.requests


SECRETS = Secrets("token", "key")


def test_a_keyring_keeps_the_secrets_and_no_file_does(tmp_path: Path) -> None:
    ring = GoodKeyring()
    credentials = Credentials(tmp_path, "1n", lambda: ring)
    assert credentials.save(SECRETS) == credentials.where() == "keyring"
    assert credentials.load("keyring") == SECRETS
    assert Credentials(tmp_path, "other", lambda: ring).load("keyring") is None
    assert not list(tmp_path.iterdir())
    credentials.forget()
    assert (credentials.load("keyring"), ring.kept) == (None, {})


class Silent(GoodKeyring):
    """Asks its user, who is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def get_password(self, service: str, name: str) -> str | None:
        self.asked.wait()
        return None

    def set_password(self, service: str, name: str, password: str) -> None:
        self.asked.wait()


class Broken(GoodKeyring):
    """Says yes and keeps nothing."""

    def set_password(self, service: str, name: str, password: str) -> None:
        """Nothing."""


def test_a_keyring_that_is_none_leaves_a_file_of_the_users_own(tmp_path: Path) -> None:
    silent = Silent()
    rings: list[Keyring] = [silent, Broken()]
    for number, ring in enumerate(rings):
        folder = tmp_path / str(number)
        folder.mkdir()
        credentials = Credentials(folder, "1n", lambda ring=ring: ring, patience_s=0.05)  # type: ignore[misc]
        assert credentials.save(SECRETS) == "file"
        assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
        assert credentials.load("file") == SECRETS
        credentials.forget()
        assert credentials.load("file") is None
    with pytest.raises(SyncError, match="keyring"):
        Credentials(tmp_path, "1n", lambda: silent, patience_s=0.05).load("keyring")
    silent.asked.set()


def test_a_damaged_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff")
    assert Credentials(tmp_path, "1n", no_keyring).load("file") is None
