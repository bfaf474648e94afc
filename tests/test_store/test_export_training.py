"""What only TensorFlow can say: that tf.data reads the export, and that a model learns the same from it."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local_records import HandClock, base64_text, inference, said, send, sha256_of, uuid_bytes
from numpy.typing import NDArray
from PIL import Image

from store.export import shards
from store.export.filters import Filters
from store.export.training_exports import TrainingExports
from store.local.opening import LocalStore, open_store
from store.local.reading import find_embedding
from store.models.training_component import training_python

ROOT = Path(__file__).resolve().parents[2]
LABELS, EACH, SIZE = ("fox", "tabby", "wolf"), 20, 32
pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter that has TensorFlow."""
    found = training_python()
    if found is None:
        pytest.skip("TensorFlow is not installed here (no training component): nothing to read with.")
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """Sixty pictures of three labels: all were taken for tabbies, and corrected where they are none."""
    random = np.random.default_rng(7)
    centres = random.standard_normal((len(LABELS), SIZE))
    opened = open_store(tmp_path / "data", HandClock())
    for number in range(len(LABELS) * EACH):
        label = number % len(LABELS)
        vector = (centres[label] + random.standard_normal(SIZE)).astype("<f2")
        answers = [{"className": "tabby", "probability": 0.5, "rank": 1}]
        heavy = {"embedding": base64_text(vector.tobytes()), "crop": base64_text(jpeg(number))}
        send(opened.statistics, inference(number, predictions=answers, **heavy))
        if LABELS[label] != "tabby":
            send(opened.statistics, said(1000 + number, about=number, label=LABELS[label]))
    yield opened
    opened.close()


def jpeg(number: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (224, 200), (number, 0, 0)).save(made, "JPEG")
    return made.getvalue()


def stored_embeddings(store: LocalStore) -> NDArray[np.float32]:
    with store.database.read() as db:
        found = [find_embedding(db, uuid_bytes(number)) for number in range(len(LABELS) * EACH)]
    return np.stack([np.frombuffer(vector or b"", "<f2") for vector in found]).astype(np.float32)


def read_by_tensorflow(python: Path, folder: Path, store: LocalStore, compression: str) -> dict[str, Any]:
    arrays, result = folder.with_suffix(".arrays.npz"), folder.with_suffix(".result.npz")
    labels = np.arange(len(LABELS) * EACH) % len(LABELS)
    np.savez(arrays, embeddings=stored_embeddings(store), labels=labels)
    program = ROOT / "tests" / "support" / "tfrecord_reader.py"
    done = subprocess.run(
        [python, program, folder, compression, arrays, result],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(result) as held:
        return dict(held)


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_tf_data_reads_every_field_and_learns_what_the_store_teaches(
    python: Path, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    monkeypatch.setattr(shards, "ROWS_PER_SHARD", 25)
    folder = tmp_path / "exported"
    exports = TrainingExports(store.database, HandClock())
    assert exports.save("tfrecord", Filters(), folder, gzip=bool(compression)) == len(LABELS) * EACH
    assert len(list(folder.iterdir())) == 3 + 1
    assert tuple((folder / "label_map.txt").read_text().splitlines()) == LABELS

    read = read_by_tensorflow(python, folder, store, compression)
    embeddings = stored_embeddings(store)
    for number, fields in enumerate(json.loads(str(read["examples"]))):
        vector = np.array(fields.pop("image/embedding"), np.float32)
        np.testing.assert_array_equal(vector, embeddings[number])
        content = {name: base64.b64decode(text) for name, text in fields.items() if isinstance(text, str)}
        assert fields | content == {
            "image/encoded": jpeg(number),
            "image/format": b"jpeg",
            "image/class/label": number % len(LABELS),
            "image/class/text": LABELS[number % len(LABELS)].encode(),
            "image/height": 200,
            "image/width": 224,
            "image/filename": f"IMG_{number:04}.jpg".encode(),
            "image/key/sha256": sha256_of(f"picture {number}").encode(),
            "image/model_version": b"starter-1a2b3c4d",
        }
    assert read["decoded"].tolist() == [[200, 224, 3]] * len(LABELS) * EACH
    np.testing.assert_array_equal(read["exported"], read["stored"])
    weights, bias = read["exported"][:-1], read["exported"][-1]
    guessed = np.argmax(embeddings @ weights + bias, axis=1)
    assert np.mean(guessed == np.arange(len(embeddings)) % len(LABELS)) > 0.9, "the model has learned"
