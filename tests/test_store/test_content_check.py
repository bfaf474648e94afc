"""A record that was changed behind the store's back is found, whichever part of it was changed."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from local_records import HandClock, attachment, inference, said, send, taken_back
from rotting import PAGE, seal

from store.local.content_check import first_changed
from store.local.errors import DamagedStore
from store.local.folder import FILE_NAME, enter
from store.local.opening import open_store

DEVICE = {"deviceMemory": 8, "webglVersion": "webgl2"}


@pytest.fixture
def connection(tmp_path: Path) -> apsw.Connection:
    store = open_store(tmp_path, HandClock())
    send(store.statistics, inference(1), inference(2, deviceInfo={"deviceMemory": 4}), device=DEVICE)
    send(store.statistics, inference(3, id=None, timestamp=None, kind=None), said(4, 1), taken_back(5, 1, 4))
    event = {"kind": "event", "stage": "decode", "code": "bad_file", "detail": {"why": "ä"}}
    send(store.statistics, attachment(6, 1, embedding=b"\0\1" * 8), event, device=DEVICE)
    store.close()
    return apsw.Connection(str(tmp_path / FILE_NAME))


def test_what_was_accepted_is_as_it_was(connection: apsw.Connection) -> None:
    assert first_changed(connection) is None


@pytest.mark.parametrize(
    "change",
    [
        "payload = replace(payload, 'tabby', 'tabbx')",
        "payload = replace(payload, '{', '[')",
        "payload = CAST(x'ff' || payload AS TEXT)",
        "content_hash = randomblob(16)",
        "recorded_at = recorded_at + 1",
        "model_version = 'another'",
        "backend = 'another'",
        "backend = CAST(x'ff' AS TEXT)",
        "source = 'camera'",
        "kind = 'event'",
        "id = x'01890000000070008000000000000077'",
        "inference_id = x'01890000000070008000000000000077'",
    ],
)
def test_a_change_is_found(connection: apsw.Connection, change: str) -> None:
    connection.execute(f"UPDATE record SET {change} WHERE number = 2")
    assert first_changed(connection) == 2


def test_after_an_unclean_exit_a_changed_record_is_found_at_the_start(tmp_path: Path) -> None:
    store = open_store(tmp_path, HandClock())
    send(store.statistics, inference(1))
    store.close()
    path = tmp_path / FILE_NAME
    content = path.read_bytes()
    assert content.count(b"tabby") == 3  # the JSON, the column and its index
    place = content.index(b'"tabby"') + 2
    path.write_bytes(content[:place] + b"X" + content[place + 1 :])
    seal(path, place // PAGE)
    enter(tmp_path)
    with pytest.raises(DamagedStore, match="Record 1 is not what it was"):
        open_store(tmp_path, HandClock())
