"""The kept squares of a job's pictures, and variants of them to learn more from the same pictures."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from store.training.runs.job import JobFolder

Pixels = NDArray[np.uint8]
LEAST_SIDE = 0.65  # of a square, in a part of it; at 0.875 of the picture that is 57 % of its short side
MOST_STRETCH = 1.25
CONTRAST, BRIGHTNESS = 0.15, 15.0  # how far they vary: a share, and steps of 255


def squares_of(folder: JobFolder, pictures: NDArray[np.int64]) -> Pixels:
    """uint8 [n, size, size, 3] of pictures by number; raises OSError where one cannot be read."""
    return np.stack([_read(folder, picture) for picture in pictures.tolist()])


def _read(folder: JobFolder, picture: int) -> Pixels:
    with Image.open(folder.crops / f"{picture}.jpg") as image:
        return np.asarray(image.convert("RGB"))


def variant(square: Pixels, number: int, random: np.random.Generator) -> Pixels:
    """One of the variants of a square [size, size, 3]: 0 is itself, 1 its mirror image.

    The others are parts of it (Szegedy et al. 2015, with a larger least side: what is looked for fills few of
    these pictures), a little lighter or darker, and every other one is mirrored.
    """
    changed = square if number < 2 else _recoloured(_part(square, random), random)  # noqa: PLR2004
    return changed[:, ::-1] if number % 2 else changed


def _part(square: Pixels, random: np.random.Generator) -> Pixels:
    size = len(square)
    area = (size * random.uniform(LEAST_SIDE, 1.0)) ** 2
    stretch = math.exp(random.uniform(-1.0, 1.0) * math.log(MOST_STRETCH))
    width = min(float(size), math.sqrt(area * stretch))
    height = min(float(size), area / width)
    left, top = random.uniform(0, size - width), random.uniform(0, size - height)
    box = (left, top, left + width, top + height)
    return np.asarray(Image.fromarray(square).resize((size, size), Image.Resampling.BILINEAR, box=box))


def _recoloured(square: Pixels, random: np.random.Generator) -> Pixels:
    contrast = random.uniform(1 - CONTRAST, 1 + CONTRAST)
    brightness = random.uniform(-BRIGHTNESS, BRIGHTNESS)
    values = (square.astype(np.float32) - 127.5) * contrast + 127.5 + brightness
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)
