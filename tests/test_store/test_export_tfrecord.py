"""Exports as TFRecord: the bytes that TensorFlow writes, shards, tar, and a label map."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path

import google_crc32c
import pytest
from local_records import HandClock, inference, said, send

from store.export import shards
from store.export.example_form import example_of
from store.export.filters import Filters
from store.export.selection import Selection
from store.export.tfrecord import bytes_feature, example, floats_feature, framed, int_feature
from store.export.training_exports import TrainingExports
from store.local.opening import LocalStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 10)


def unframed(content: bytes) -> list[bytes]:
    """The records of a TFRecord file, whose sums are checked."""
    found = []
    while content:
        (length,) = struct.unpack_from("<Q", content)
        found.append(content[12 : 12 + length])
        assert framed(found[-1]) == content[: 16 + length]
        content = content[16 + length :]
    return found


def members(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
        read = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        return {name: file.read() for name, file in read.items() if file is not None}


def exported(store: LocalStore, *, gzipped: bool = False) -> dict[str, bytes]:
    export = TrainingExports(store.database, HandClock()).start("tfrecord", Filters(), gzip=gzipped)
    assert (export.file_name, export.media_type) == (
        "whimbrel-training-data.tfrecord.tar",
        "application/x-tar",
    )
    return members(b"".join(export.pieces))


def examples(store: LocalStore, places: dict[str, int]) -> list[bytes]:
    """What the rows become, without shards."""
    selection = Selection(store.database, Filters(), images=True, only_labelled=True)
    return [example_of(row, places[row.label or ""]) for chunk in selection.chunks() for row in chunk]


def test_framing_is_tensorflows_own() -> None:
    written_by_tensorflow = "0300000000000000b099490e6f776c83b15a29000000000000000029039807d8ea82a2"
    assert (framed(b"owl") + framed(b"")).hex() == written_by_tensorflow
    assert google_crc32c.value(b"123456789") == 0xE3069283  # the check value of RFC 3720's CRC-32C
    assert google_crc32c.implementation == "c", "in Python it would be a hundred times slower"


@pytest.mark.parametrize(
    ("feature", "written_by_tensorflow"),
    [
        (bytes_feature(b"owl"), "0a100a0e0a036b657912070a050a036f776c"),
        (int_feature(300), "0a0f0a0d0a036b657912061a040a02ac02"),
        (int_feature(-1), "0a170a150a036b6579120e1a0c0a0affffffffffffffffff01"),
        (floats_feature(struct.pack("<2e", 0.5, -2.0)), "0a150a130a036b6579120c120a0a080000003f000000c0"),
        (floats_feature(b""), "0a0b0a090a036b657912021200"),
    ],
)
def test_examples_are_tensorflows_own(feature: bytes, written_by_tensorflow: str) -> None:
    assert example({"key": feature}).hex() == written_by_tensorflow


def test_a_tar_of_shards_holds_every_row_once_in_order(store: LocalStore, small_shards: None) -> None:
    send(store.statistics, *[inference(number) for number in range(25)], said(100, about=7, label="fox"))
    files = exported(store)
    names = [f"whimbrel-{shard:05}-of-00003.tfrecord" for shard in range(3)]
    assert list(files) == [*names, "label_map.txt"]
    assert files["label_map.txt"] == b"fox\ntabby\n"
    held = [unframed(files[name]) for name in names]
    assert [len(records) for records in held] == [9, 9, 7]
    assert [record for records in held for record in records] == examples(store, {"fox": 0, "tabby": 1})


def test_compressed_shards_hold_the_same(store: LocalStore, small_shards: None) -> None:
    send(store.statistics, *[inference(number) for number in range(25)])
    plain, compressed = exported(store), exported(store, gzipped=True)
    assert list(compressed) == [f"{name}.gz" for name in list(plain)[:-1]] + ["label_map.txt"]
    assert [gzip.decompress(content) for content in list(compressed.values())[:-1]] == list(plain.values())[
        :-1
    ]


def test_nothing_is_one_empty_shard(store: LocalStore) -> None:
    assert exported(store) == {"whimbrel-00000-of-00001.tfrecord": b"", "label_map.txt": b""}
    compressed = exported(store, gzipped=True)
    assert gzip.decompress(compressed["whimbrel-00000-of-00001.tfrecord.gz"]) == b""


def test_what_is_known_to_be_wrong_and_not_what_it_is_teaches_nothing(store: LocalStore) -> None:
    wrong = {"isCorrect": False}
    send(store.statistics, inference(1), inference(2), said(3, about=1, userFeedback=wrong))
    files = exported(store)
    assert len(unframed(files["whimbrel-00000-of-00001.tfrecord"])) == 1


def test_a_label_that_comes_up_during_the_export_goes_last(store: LocalStore) -> None:
    send(store.statistics, inference(1), inference(2))
    selection = Selection(store.database, Filters(), images=True, only_labelled=True)
    pieces = shards.tfrecord_pieces(selection, gzip=False)
    assert next(pieces) == shards.NOTHING, "the first walk, which collects the labels"
    send(store.statistics, said(3, about=1, label="aardvark"))
    written = list(pieces)
    assert written[-1] == ("label_map.txt", b"tabby\naardvark\n")
    content = b"".join(piece for name, piece in written if name.endswith(".tfrecord"))
    assert unframed(content) == examples(store, {"tabby": 0, "aardvark": 1})


def test_a_label_with_a_line_break_keeps_its_line(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(2, about=1, label="a\nb"))
    files = exported(store)
    assert files["label_map.txt"] == b"a b\n"
    assert b"a\nb" in files["whimbrel-00000-of-00001.tfrecord"]


def test_a_tar_leaves_nothing_beside_the_memory_when_it_is_stopped(
    store: LocalStore, small_shards: None
) -> None:
    send(store.statistics, *[inference(number) for number in range(25)])
    before = sorted(store.database.path.parent.iterdir())
    export = TrainingExports(store.database, HandClock()).start("tfrecord", Filters())
    assert next(piece for piece in export.pieces if piece)
    export.pieces.close()
    assert sorted(store.database.path.parent.iterdir()) == before
