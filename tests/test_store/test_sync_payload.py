"""What leaves the machine: what was agreed to, and nothing else."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from local_records import EMBEDDING, JPEG, WEBP, attachment, base64_text, inference, send
from paper_collector import PaperCollector
from sync_world import Device

from store.sync.forms import Sharing
from store.sync.payload import shared_record

EVERYTHING = Sharing(embeddings=True, crops=True, file_names=True, places="exact")
PICTURE = {
    "sha256": "a" * 64,
    "fileName": "secret-place.jpg",
    "path": "/home/anna/secret-place.jpg",
    "latitude": 52.51234,
    "longitude": -13.37654,
    "altitude": 40.5,
}
RECORD: dict[str, Any] = {"kind": "inference", "id": "x", "picture": PICTURE, "thumbnail": "AAAA"}


def shared(record: dict[str, Any], sharing: Sharing) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(shared_record(msgspec.json.encode(record).decode(), sharing))
    return found


def test_without_a_switch_only_the_hash_of_a_picture_goes() -> None:
    assert shared(RECORD, Sharing()) == {
        "kind": "inference",
        "id": "x",
        "picture": {"sha256": "a" * 64, "fileName": ""},
    }


def test_a_path_and_a_thumbnail_never_go() -> None:
    assert shared(RECORD, EVERYTHING)["picture"] == {
        name: value for name, value in PICTURE.items() if name != "path"
    }
    assert "thumbnail" not in shared(RECORD, EVERYTHING)


def test_a_coarse_place_is_some_eleven_kilometres() -> None:
    picture = shared(RECORD, Sharing(places="coarse"))["picture"]
    assert picture == {"sha256": "a" * 64, "fileName": "", "latitude": 52.5, "longitude": -13.4}


def test_a_failure_does_not_name_its_file() -> None:
    failure = {
        "kind": "event",
        "detail": {"fileName": "a.jpg", "says": "a.jpg is broken", "path": "/a", "n": 1},
    }
    assert shared(failure, Sharing())["detail"] == {"n": 1}
    assert "path" not in shared(failure, EVERYTHING)["detail"]
    assert shared(failure, EVERYTHING)["detail"]["fileName"] == "a.jpg"


HEAVY = {name: base64_text(part) for name, part in
         (("embedding", EMBEDDING), ("thumbnail", WEBP), ("crop", JPEG))}  # fmt: skip


@pytest.mark.parametrize("switches", [set[str](), {"embeddings"}, {"crops"}, {"embeddings", "crops"}])
def test_heavy_parts_go_with_their_record_where_agreed(tmp_path: Path, switches: set[str]) -> None:
    collector = PaperCollector()
    device = Device(tmp_path, collector).ready()
    device.agree(2, **dict.fromkeys(switches, True))
    send(device.store.statistics, inference(1, **HEAVY), inference(2))
    device.drain()
    device.close()
    (first, second) = collector.records.values()
    expected = {"embeddings": ("embedding", EMBEDDING), "crops": ("crop", JPEG)}
    carried = {
        name: base64.b64decode(first[name]) for name in ("embedding", "crop", "thumbnail") if name in first
    }
    assert carried == dict(expected[switch] for switch in switches)
    assert not {"embedding", "crop", "thumbnail"} & set(second)


def test_a_late_part_goes_with_the_record_that_brought_it(tmp_path: Path) -> None:
    collector = PaperCollector()
    device = Device(tmp_path, collector).ready()
    device.agree(2, embeddings=True)
    send(device.store.statistics, inference(1))
    device.drain()
    send(device.store.statistics, attachment(2, about=1, embedding=EMBEDDING))
    device.drain()
    device.close()
    late = list(collector.records.values())[1]
    assert base64.b64decode(late["embedding"]) == EMBEDDING


def test_a_part_goes_once_where_its_record_goes_with_it(tmp_path: Path) -> None:
    collector = PaperCollector()
    device = Device(tmp_path, collector).ready()
    device.agree(2, embeddings=True)
    send(device.store.statistics, inference(1), attachment(2, about=1, embedding=EMBEDDING))
    device.drain()
    device.close()
    assert ["embedding" in record for record in collector.records.values()] == [True, False]


def test_a_batch_with_its_heavy_parts_is_kept_small(tmp_path: Path) -> None:
    collector = PaperCollector()
    device = Device(tmp_path, collector).ready()
    device.agree(2, crops=True)
    crop = base64_text(JPEG + b"x" * 300_000)
    for first in range(1, 25, 4):
        send(device.store.statistics, *(inference(number, crop=crop) for number in range(first, first + 4)))
    device.drain()
    device.close()
    assert len(collector.kept) == 24
    assert max(map(len, collector.bodies)) <= 4 * 1024 * 1024
