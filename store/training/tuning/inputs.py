"""What a network learns from: its input, or what those of its layers make of it that stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from store.models.preprocessing import Preprocessing, to_input
from store.training.tuning.loop import in_parts
from store.training.tuning.squares import Pixels, variant

Array = NDArray[np.float32]
Integers = NDArray[np.int64]
Look = Callable[[Array], Array]
MOST_BYTES = 1 << 30  # of what the first layers make of all variants


@dataclass(frozen=True)
class FromSquares:
    """All layers learn: squares [n, size, size, 3], varied anew each time."""

    squares: Pixels = field(repr=False)
    preprocessing: Preprocessing
    variants: int

    def varied(self, places: Integers, random: np.random.Generator) -> Array:
        """One variant of each."""
        numbers = random.integers(0, self.variants, len(places))
        pairs = zip(places, numbers, strict=True)
        pixels = np.stack([variant(self.squares[place], number, random) for place, number in pairs])
        return to_input(pixels, self.preprocessing)

    def plain(self, places: Integers) -> Array:
        """Each as it is."""
        return to_input(self.squares[places], self.preprocessing)


@dataclass(frozen=True)
class FromBetween:
    """The last layers learn: `values` float16 [variants, n, h, w, c] are what the others make, made once."""

    values: NDArray[np.float16] = field(repr=False)

    def varied(self, places: Integers, random: np.random.Generator) -> Array:
        """One variant of each."""
        numbers = random.integers(0, len(self.values), len(places))
        return np.asarray(self.values[numbers, places], dtype=np.float32)

    def plain(self, places: Integers) -> Array:
        """Each as it is."""
        return np.asarray(self.values[0, places], dtype=np.float32)


def between(
    front: Look, source: FromSquares, seed: int, step: Callable[[float], None] = lambda _: None
) -> FromBetween:
    """What the first layers make of every variant of every square; as many variants as there is room for.

    `step` is told the share that is done.
    """
    places = np.arange(len(source.squares))
    first = front(source.plain(places[:1]))[0]
    variants = max(1, min(source.variants, MOST_BYTES // (len(places) * first.size * 2)))
    values = np.empty((variants, len(places), *first.shape), np.float16)
    for number in range(variants):
        for part in in_parts(places):
            values[number, part] = front(_inputs(source, part, number, seed))
            step((number * len(places) + int(part[-1]) + 1) / (variants * len(places)))
    return FromBetween(values)


def _inputs(source: FromSquares, places: Integers, number: int, seed: int) -> Array:
    pixels = [
        variant(source.squares[place], number, np.random.default_rng([seed, number, place]))
        for place in places.tolist()
    ]
    return to_input(np.stack(pixels), source.preprocessing)


def looked_at(look: Look, plain: Callable[[Integers], Array], places: Integers) -> Array:
    """What `look` makes of the plain inputs of these places, [n, …]; of one that is dropped where none is."""
    parts = in_parts(places) or [np.array([0])]
    return np.concatenate([look(plain(part)) for part in parts])[: len(places)]
