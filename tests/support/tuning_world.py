"""A memory with kept squares: made pictures of three labels, and a small network that tells them apart."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from local_records import base64_text, body_of, inference, said, send_body
from numpy.typing import NDArray
from PIL import Image
from small_model import random_arrays, small_model
from training_world import LABELS, TrainingWorld, encoded

from store.local.learning.run_forms import Mode, TrainingOptions, TrainingRequest
from store.models.agreement import embeddings
from store.models.architectures import INPUT_SIZE, architecture
from store.models.parsed import ParsedModel

EACH = 14
ALPHA = 0.25
Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def request(mode: Mode, passes: int = 2) -> TrainingRequest:
    """A training of few passes, which are made whether they help or not."""
    options = TrainingOptions(seed=3, most_epochs=passes, variants=2, early_stopping=False)
    return TrainingRequest(mode=mode, options=options)


def fill_with_squares(world: TrainingWorld, kept: int = EACH) -> None:
    """Puts a model to work and has pictures recognised and named; of each label so many squares are kept."""
    registry = world.models.registry
    version = registry.add(network())
    registry.activate(version.id)
    pictures, numbers = squares()
    records = []
    for index, (picture, embedding) in enumerate(zip(pictures, _seen(), strict=True)):
        heavy = {"embedding": encoded(embedding), "spaceId": version.space_id}
        if index // len(LABELS) < kept:
            heavy["crop"] = base64_text(jpeg(picture))
        records.append(inference(2 * index, modelVersion=version.id, **heavy))
        records.append(said(2 * index + 1, about=2 * index, label=LABELS[numbers[index]]))
    send_body(world.store.statistics, body_of(*records))


@lru_cache(maxsize=1)
def squares() -> tuple[Pixels, NDArray[np.int64]]:
    """Mosaics, more than half of each in the colour of its label: [n, size, size, 3] and the labels [n]."""
    numbers = np.arange(EACH * len(LABELS)) % len(LABELS)
    pictures = [_mosaic(int(number), np.random.default_rng(i)) for i, number in enumerate(numbers)]
    return np.stack(pictures), numbers


def _mosaic(label: int, random: np.random.Generator) -> Pixels:
    colours = random.uniform(0, 255, (3, 3))
    colours[0] = random.uniform(0, 120, 3)
    colours[0, label] = random.uniform(150, 255)
    cells = colours[random.choice(3, (7, 7), p=(0.6, 0.2, 0.2))]
    side = INPUT_SIZE // 7
    grounds = cells.repeat(side, axis=0).repeat(side, axis=1)
    return np.clip(grounds + random.normal(0, 4, grounds.shape), 0, 255).astype(np.uint8)


def jpeg(pixels: Pixels) -> bytes:
    """As a page keeps a square."""
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "JPEG", quality=92)
    return made.getvalue()


@lru_cache(maxsize=1)
def network() -> ParsedModel:
    """Weights that pass colours on, and a last layer whose features are each there in some of them alone."""
    table = architecture("mobilenet_v1", ALPHA)
    arrays = {key: _passing(array) for key, array in random_arrays(table, 0).items()}
    last = table.layers[-1].name
    arrays["stem/bias"] += np.float32(1)
    mixing = np.random.default_rng(2).normal(size=(8, table.embedding_size)).astype(np.float32)
    arrays[f"{last}/kernel"][0, 0, :8] = 3 * mixing
    arrays[f"{last}/bias"] -= 3 * mixing.sum(axis=0) + np.float32(3)
    return small_model(alpha=ALPHA, arrays=arrays, name="Base")


def _passing(array: Array) -> Array:
    """Nearly the kernel that changes nothing, of the middle position alone; that of the first layer mixes."""
    found = array * np.float32(0.02)
    if array.ndim != 4:
        return found
    middle = found[array.shape[0] // 2, array.shape[1] // 2]
    middle += array[0, 0] if array.shape[2] == 3 else np.eye(*middle.shape, dtype=np.float32)
    if array.shape[3] == 1:
        middle[:] = 1 + found[0, 0]
    return found


@lru_cache(maxsize=1)
def _seen() -> Array:
    found = network()
    return embeddings(found, found.arrays, squares()[0])
