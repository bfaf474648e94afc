"""Pictures made by formula, for measuring where no photographs are at hand; the same ones everywhere.

Natural pictures have edges and an amplitude spectrum that falls about as 1/f (Field 1987), their colours
going mostly together: noise of that kind with a few shapes on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COUNT = 16
_SHAPES = 4
_SLOPE = 1.4  # between a photograph in focus (1) and its blurred ground (2)


def generated_pictures(size: int, count: int = COUNT) -> NDArray[np.uint8]:
    """uint8 [count, size, size, 3]."""
    return np.stack([_picture(np.random.default_rng(seed), size) for seed in range(count)])


def _picture(random: np.random.Generator, size: int) -> NDArray[np.uint8]:
    light = _noise(random, size)
    colours = np.stack([light + 0.2 * _noise(random, size) for _ in range(3)], axis=-1)
    canvas = 120.0 + 40.0 * colours
    for _ in range(_SHAPES):
        inside = _shape(random, size)
        canvas[inside] = 0.25 * canvas[inside] + 0.75 * random.uniform(0, 255, 3)
    return np.asarray(np.clip(np.round(canvas), 0, 255), dtype=np.uint8)


def _noise(random: np.random.Generator, size: int) -> NDArray[np.float64]:
    """[size, size] of amplitude f^-1.4, mean 0 and deviation 1."""
    frequencies = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None, :])
    frequencies[0, 0] = np.inf
    spectrum = np.fft.fft2(random.normal(size=(size, size))) / frequencies**_SLOPE
    field = np.fft.ifft2(spectrum).real
    return np.asarray(field / field.std(), dtype=np.float64)


def _shape(random: np.random.Generator, size: int) -> NDArray[np.bool_]:
    """The inside of a turned ellipse or rectangle somewhere in the picture."""
    y, x = np.mgrid[:size, :size] - random.uniform(0, size, 2)[:, None, None]
    angle, (width, height) = random.uniform(0, np.pi), random.uniform(size / 16, size / 4, 2)
    along = (x * np.cos(angle) + y * np.sin(angle)) / width
    across = (y * np.cos(angle) - x * np.sin(angle)) / height
    if random.random() < 0.5:  # noqa: PLR2004 - one in two
        return np.asarray(along**2 + across**2 < 1)
    return np.asarray(np.maximum(np.abs(along), np.abs(across)) < 1)
