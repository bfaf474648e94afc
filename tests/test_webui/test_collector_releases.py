"""Releases over the collector's API: offered, fetched in one piece or several, reported on."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from collecting import Sender
from collector_requests import enrolment, refused, sent
from collector_serving import ServedCollector, new_collector
from releasing import Shop, open_shop
from two_hands import TwoHands

from store.collector.release_files import PIECE_BYTES
from store.protocol import ENROL
from store.protocol_releases import RELEASES
from store.releases.making import release_of
from store.releases.verifying import accept

NAME = "weights.safetensors"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    shop.signed(7, "whole")
    return shop


@pytest.fixture
def served(shop: Shop, tmp_path: Path) -> Iterator[ServedCollector]:
    """A collector with one release; the store's tests hold both databases to the same."""
    with new_collector(tmp_path, TwoHands()) as found:
        found.collector.release_keys.set_first([shop.key.public_key], "admin")
        folder = shop.folder / "whole-7"
        found.collector.releases.add(release_of(folder), folder, "admin", percent=100, groups=None)
        yield found


def test_a_batch_is_answered_with_the_offer(
    served: ServedCollector, device: httpx.Client, sender: Sender, shop: Shop
) -> None:
    told = sent(device, sender.batch(*sender.records(1))).json()["release"]
    envelope = device.get(f"{RELEASES}/7").content
    assert told == {"version": 7, "manifest_sha256": hashlib.sha256(envelope).hexdigest()}
    assert accept(envelope, shop.standing()).version == 7
    served.collector.releases.change(7, "paused", "admin")
    assert sent(device, sender.batch(*sender.records(1))).json()["release"] is None


def test_who_comes_in_is_given_the_keys(served: ServedCollector, shop: Shop) -> None:
    code = served.collector.devices.new_code("admin")
    with served.client() as stranger:
        answer = stranger.post(ENROL, json=enrolment(code)).json()
    assert answer["release_roots"] == [base64.b64encode(shop.key.public_key).decode()]
    with served.client(answer["token"]) as device:
        keys = device.get(f"{RELEASES}/keys").json()
    assert (keys["keys"], keys["changes"]) == (answer["release_roots"], [])


def test_a_file_comes_whole_and_from_any_byte_on(device: httpx.Client, shop: Shop) -> None:
    right = (shop.folder / "whole-7" / NAME).read_bytes()
    address = f"{RELEASES}/7/files/{NAME}"
    whole = device.get(address)
    assert (whole.status_code, whole.content == right) == (200, True)
    tag = whole.headers["ETag"]
    assert tag == f'"{hashlib.sha256(right).hexdigest()}"'
    for start in (0, 1, PIECE_BYTES - 1, PIECE_BYTES, len(right) - 1):
        rest = device.get(address, headers={"Range": f"bytes={start}-", "If-Range": tag})
        assert (rest.status_code, rest.content == right[start:]) == (206, True)
        assert rest.headers["Content-Range"] == f"bytes {start}-{len(right) - 1}/{len(right)}"
    part = device.get(address, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, right[5:10])
    other = device.get(address, headers={"Range": "bytes=5-9", "If-Range": '"another"'})
    assert (other.status_code, len(other.content)) == (200, len(right))
    assert device.get(address, headers={"Range": f"bytes={len(right)}-"}).status_code == 416


def test_what_is_not_there_or_withdrawn_is_not_found(served: ServedCollector, device: httpx.Client) -> None:
    for path in ("8", "0", "x", "99999999999999999999", "7/files/release.json", "8/files/head.json"):
        refused(device.get(f"{RELEASES}/{path}"), 404, "not-found", served)
    served.collector.releases.change(7, "withdrawn", "admin")
    refused(device.get(f"{RELEASES}/7"), 404, "not-found", served)
    refused(device.get(f"{RELEASES}/7/files/{NAME}"), 404, "not-found", served)


def test_nobody_without_a_token_gets_anything(served: ServedCollector) -> None:
    with served.client() as stranger:
        for path in ("keys", "7", f"7/files/{NAME}"):
            refused(stranger.get(f"{RELEASES}/{path}"), 401, "token-refused", served)


def test_a_device_reports_what_became_of_it(
    served: ServedCollector, device: httpx.Client, sender: Sender
) -> None:
    body = {"schema": 1, "device_id": sender.device_id.hex(), "state": "active", "figures": {"n": 3}}
    told = device.post(f"{RELEASES}/7/reports", json=body)
    assert (told.status_code, told.json()["collector_id"]) == (200, served.collector.id.hex())
    assert served.collector.release_reports.counts() == {7: {"active": 1}}
    refused(device.post(f"{RELEASES}/8/reports", json=body), 404, "not-found", served)
    refused(
        device.post(f"{RELEASES}/7/reports", json=body | {"device_id": "0" * 32}), 403, "wrong-device", served
    )
    assert device.post(f"{RELEASES}/7/reports", json=body | {"state": "liked"}).status_code == 422
