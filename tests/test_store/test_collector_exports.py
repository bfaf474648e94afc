"""Exports at the collector are those of a device, of what all devices sent, on both databases."""

from __future__ import annotations

import base64
import csv
import io
import json
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from collecting import Sender, enrolled, said_of
from local_records import (
    EMBEDDING,
    JPEG,
    NOW,
    HandClock,
    base64_text,
    inference,
    said,
    send,
    sha256_of,
    uuid_bytes,
)

from store.collector import export_selection
from store.collector.service import Collector
from store.collector.team_exports import TeamExports
from store.export.filters import Filters
from store.export.training_exports import Form, TrainingExports
from store.local.opening import open_store
from store.protocol_beside import SharedLabel


def exported(collector: Collector, form: Form = "json", **filters: Any) -> bytes:
    collector.count()
    export = TeamExports(collector.analytics, collector.clock).start(form, Filters(**filters))
    return b"".join(export.pieces)


def records(collector: Collector, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(exported(collector, **filters))["statistics"]
    return found


def labels(collector: Collector, **filters: Any) -> list[str | None]:
    return [record["label"] for record in records(collector, **filters)]


def event(sender: Sender, number: int, **changes: Any) -> dict[str, Any]:
    record = inference(number, **changes)
    return sender.event(record, event_id=uuid_bytes(number), ts=record["timestamp"])


def words(sender: Sender, about: int, **word: Any) -> dict[str, Any]:
    return sender.event(said_of(uuid_bytes(about).hex(), **word))


def test_a_record_is_exported_as_its_device_exports_it(
    collector: Collector, sender: Sender, tmp_path: Path
) -> None:
    heavy = {"embedding": base64_text(EMBEDDING), "picture": {"sha256": sha256_of("a"), "fileName": "a.jpg"}}
    store = open_store(tmp_path, HandClock())
    send(store.statistics, inference(1, **heavy), said(2, about=1, label="wolf"))
    there = b"".join(TrainingExports(store.database, HandClock()).start("json", Filters()).pieces)
    store.close()
    collector.take(
        sender.batch(event(sender, 1, **heavy), words(sender, 1, isCorrect=False, correctedLabel="wolf"))
    )
    [mine], [theirs] = records(collector), json.loads(there)["statistics"]
    assert mine | {"sessionId": theirs["sessionId"]} == theirs


def test_a_name_that_was_not_shared_is_empty(collector: Collector, sender: Sender) -> None:
    for number, picture in ((1, {"sha256": sha256_of("a"), "fileName": ""}), (2, {"sha256": sha256_of("b")})):
        collector.take(sender.batch(event(sender, number, picture=picture)))
    assert [record["picture"]["fileName"] for record in records(collector)] == ["", ""]


def test_labels_are_settled_said_or_answered(collector: Collector, sender: Sender) -> None:
    pictures = [{"picture": {"sha256": sha256_of(str(n)), "fileName": "x"}} for n in range(5)]
    collector.take(
        sender.batch(
            *(event(sender, n, **pictures[n]) for n in range(5)),
            words(sender, 1, isCorrect=False),
            words(sender, 2, isCorrect=False, correctedLabel="Canis lupus"),
            words(sender, 3, isCorrect=False, correctedLabel="fox"),
            words(sender, 4, isCorrect=None),
        )
    )
    collector.count()
    collector.labels.put(SharedLabel("wolf", None, ["Canis lupus"]), "ada")
    collector.settling.settle(bytes.fromhex(sha256_of("3")), "jackal", "lars")
    assert labels(collector) == ["tabby", None, "wolf", "jackal", "tabby"]
    assert labels(collector, include_user_feedback=False) == ["tabby"] * 5
    assert labels(collector, label="jackal") == ["jackal"]
    assert labels(collector, mark="wrong") == [None, "wolf", "jackal"]
    assert labels(collector, mark="unmarked") == ["tabby"]
    assert labels(collector, mark="unsure") == ["tabby"]
    assert labels(collector, only_corrected=True) == ["wolf", "jackal"]


def test_filters_narrow(collector: Collector, sender: Sender) -> None:
    other = enrolled(collector, "other")
    collector.take(
        sender.batch(
            event(sender, 1, timestamp=NOW - 1000, source="camera"),
            event(sender, 2, timestamp=NOW, backend="webgl", modelVersion="two"),
        )
    )
    collector.take(other.batch(other.event(inference(3, timestamp=NOW), session_id="s9", ts=NOW)))
    for filters, count in (
        ({"from_ms": NOW}, 2),
        ({"to_ms": NOW}, 1),
        ({"model_version": "two"}, 1),
        ({"session_id": "s9"}, 1),
        ({"source": "camera"}, 1),
        ({"backend": "webgl"}, 1),
        ({"min_confidence": 0.9}, 0),
        ({}, 3),
    ):
        assert len(records(collector, **filters)) == count, filters


def test_a_lot_is_walked_in_chunks(
    collector: Collector, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_selection, "_CHUNK", 3)
    other = enrolled(collector, "other")
    collector.take(sender.batch(*(event(sender, n) for n in range(1, 11))))
    collector.take(other.batch(*(event(other, n) for n in range(20, 27))))
    ids = [record["id"] for record in records(collector)]
    assert len(ids) == len(set(ids)) == 17
    rows = list(csv.DictReader(io.StringIO(exported(collector, "csv").decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == ids
    lines = exported(collector, "jsonl").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids


def test_tfrecord_has_what_came_with_the_record_or_later(collector: Collector, sender: Sender) -> None:
    parts = {"embedding": base64_text(EMBEDDING), "crop": base64.b64encode(JPEG).decode()}
    late = said_of(uuid_bytes(2).hex()) | {"kind": "attachment", **parts}
    collector.take(
        sender.batch(
            event(sender, 1, **parts), event(sender, 2), event(sender, 3), words(sender, 3, isCorrect=False)
        )
    )
    collector.take(sender.batch(sender.event(late)))
    with tarfile.open(fileobj=io.BytesIO(exported(collector, "tfrecord"))) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert files["label_map.txt"] == b"tabby\n"
    found = list(frames(files["whimbrel-00000-of-00001.tfrecord"]))
    assert [(JPEG in content, b"image/embedding" in content) for content in found] == [(True, True)] * 2
    assert all(struct.pack("<8f", *(n / 8 for n in range(8))) in content for content in found)


def frames(content: bytes) -> Iterator[bytes]:
    """The examples of a TFRecord file; the checks of its frames are `test_export_tfrecord`'s."""
    while content:
        size = struct.unpack("<Q", content[:8])[0]
        yield content[12 : 12 + size]
        content = content[16 + size :]


def test_what_no_whimbrel_wrote_ends_no_export(collector: Collector, sender: Sender) -> None:
    odd = [
        sender.event({"kind": "inference"}),
        sender.event({"kind": "inference", "picture": {"sha256": None}}),
    ]
    collector.take(sender.batch(*odd, event(sender, 5)))
    assert len(records(collector)) == 1


def test_what_is_erased_is_not_exported(collector: Collector, sender: Sender) -> None:
    collector.take(sender.batch(event(sender, 1), event(sender, 2)))
    collector.erasing.erase(sender.device_id, [uuid_bytes(1)])
    assert len(records(collector)) == 1
