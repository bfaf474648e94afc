"""A network from a foreign file, as its reader understood it: operations by name, before anything is folded.

Readers (TFLite, TF.js layers, TensorFlow graphs) write this; `folding` reads it. Kernels are laid out as
Whimbrel has them: conv [kh, kw, in, out], depthwise [kh, kw, in, 1], dense [in, out], all float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

Kind = Literal["conv", "depthwise", "dense", "affine", "activation", "pad", "add", "pool", "pass", "softmax"]
Pads = tuple[int, int, int, int]


class Unfit(Exception):  # noqa: N818 - the file is fine, its network does not fit
    """A readable network that is none of Whimbrel's families; the text says why, as a clause."""


class Damaged(Exception):  # noqa: N818 - says what the file is
    """A file that breaks its own format; the text says how, as a clause."""


@dataclass(frozen=True)
class Node:
    """One operation. `name` is also the name of its output; `inputs` name other nodes or the network's input.

    An affine is y = x × factor + shift per channel (batch normalisation, rescaling). `pads` are top, bottom,
    left and right zeros. `window` is what a pool covers, None for the whole picture.
    """

    name: str
    kind: Kind
    inputs: tuple[str, ...]
    kernel: Array | None = field(default=None, repr=False)
    bias: Array | None = field(default=None, repr=False)
    factor: Array | None = field(default=None, repr=False)
    shift: Array | None = field(default=None, repr=False)
    stride: int = 1
    padding: Literal["same", "valid"] = "same"
    activation: str = "linear"
    pads: Pads = (0, 0, 0, 0)
    window: tuple[int, int] | None = None


@dataclass(frozen=True)
class ForeignNetwork:
    """The operations, each after those that it reads. `size` is the input's (height, width), None where free.

    `pixels` is (offset, scale) where the file says how 8-bit pixels enter: x = (pixel - offset) / scale.
    """

    nodes: Sequence[Node]
    input: str
    output: str
    size: tuple[int | None, int | None] = (None, None)
    pixels: tuple[float, float] | None = None
