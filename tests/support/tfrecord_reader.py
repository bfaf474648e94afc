"""Reads TFRecord shards with tf.data and trains on them; run by the interpreter that has TensorFlow.

    python tests/support/tfrecord_reader.py FOLDER COMPRESSION ARRAYS.npz RESULT.npz

ARRAYS holds `embeddings` [n, d] float32 and `labels` [n] int64 as the store has them. RESULT gets, as JSON in
`examples`, every field of every example, and the weights of two linear models: of the shards, of the arrays.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

EPOCHS, BATCH, RATE = 20, 16, 0.05
BYTES = (
    "image/encoded", "image/format", "image/class/text", "image/filename", "image/key/sha256",
    "image/model_version",
)  # fmt: skip
NUMBERS = ("image/class/label", "image/height", "image/width")


def main(folder: str, compression: str, arrays: str, result: str) -> None:
    shards = sorted(str(path) for path in Path(folder).iterdir() if ".tfrecord" in path.name)
    with np.load(arrays) as held:
        embeddings, labels = held["embeddings"], held["labels"]
    records = tf.data.TFRecordDataset(shards, compression_type=compression).map(parsing(embeddings.shape[1]))
    exported = records.map(lambda fields: (fields["image/embedding"], fields["image/class/label"]))
    stored = tf.data.Dataset.from_tensor_slices((embeddings, labels))
    classes = int(labels.max()) + 1
    np.savez(
        result,
        examples=json.dumps([readable(fields) for fields in records]),
        decoded=np.array([picture(fields) for fields in records]),
        exported=trained(exported, classes),
        stored=trained(stored, classes),
    )


def parsing(size: int) -> Any:
    """A parser of one serialized example whose embedding has this many numbers."""
    text = {name: tf.io.FixedLenFeature([], tf.string) for name in BYTES}
    numbers = {name: tf.io.FixedLenFeature([], tf.int64) for name in NUMBERS}
    embedding = {"image/embedding": tf.io.FixedLenFeature([size], tf.float32)}
    return lambda record: tf.io.parse_single_example(record, text | numbers | embedding)


def readable(fields: dict[str, Any]) -> dict[str, Any]:
    """One example as JSON; bytes in base64."""
    made: dict[str, Any] = {name: base64.b64encode(fields[name].numpy()).decode() for name in BYTES}
    made |= {name: int(fields[name]) for name in NUMBERS}
    return made | {"image/embedding": fields["image/embedding"].numpy().tolist()}


def picture(fields: dict[str, Any]) -> tuple[int, ...]:
    """Height, width and channels of the decoded picture."""
    return tuple(tf.io.decode_image(fields["image/encoded"]).shape)


def trained(examples: Any, classes: int) -> Any:
    """The weights of a softmax regression, [d + 1, classes]: the same steps from zero whatever the source."""
    size = int(examples.element_spec[0].shape[0])
    weights = tf.Variable(tf.zeros((size, classes)))
    bias = tf.Variable(tf.zeros(classes))
    for _ in range(EPOCHS):
        for vectors, labels in examples.batch(BATCH):
            with tf.GradientTape() as tape:
                logits = vectors @ weights + bias
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
                loss = tf.reduce_mean(losses)
            steps = tape.gradient(loss, [weights, bias])
            weights.assign_sub(RATE * steps[0])
            bias.assign_sub(RATE * steps[1])
    return np.concatenate([weights.numpy(), bias.numpy()[None]])


if __name__ == "__main__":
    main(*sys.argv[1:])
