"""float16 and uint8 weights in TensorFlow.js's format, which it turns back into float32 when it loads them.

uint8 is affine for a whole tensor, value = quantum × scale + min, with the range nudged so that zero is
exact, as tensorflowjs.quantization does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from store.events import Variant

Array = NDArray[np.float32]
_FLOAT16_MAX = float(np.finfo(np.float16).max)
_STEPS = 255


@dataclass(frozen=True)
class Quantised:
    """A tensor as it is written: `data`, and `entry`, the manifest's "quantization" (None for float32)."""

    data: NDArray[Any]
    entry: dict[str, object] | None

    def restored(self) -> Array:
        """What TensorFlow.js computes with: float32 of the same shape."""
        if self.entry is None or self.data.dtype == np.float16:
            return self.data.astype(np.float32)
        scale, low = float(str(self.entry["scale"])), float(str(self.entry["min"]))
        return (self.data.astype(np.float64) * scale + low).astype(np.float32)


def quantise(array: Array, variant: Variant) -> Quantised:
    """A float32 tensor in one of the three forms; values beyond float16's range are clipped to it."""
    if variant == "float32":
        return Quantised(array, None)
    if variant == "float16":
        data = np.clip(array, -_FLOAT16_MAX, _FLOAT16_MAX).astype(np.float16)
        return Quantised(data, {"dtype": "float16", "original_dtype": "float32"})
    scale, low = affine_range(float(array.min()), float(array.max()))
    data8 = np.round((array.astype(np.float64) - low) / scale).clip(0, _STEPS).astype(np.uint8)
    return Quantised(data8, {"dtype": "uint8", "scale": scale, "min": low, "original_dtype": "float32"})


def affine_range(low: float, high: float) -> tuple[float, float]:
    """(scale, min) of 256 steps from `low` to `high`, moved by less than one so that zero is among them."""
    if low == high:
        return 1.0, low
    scale = (high - low) / _STEPS
    return (scale, -round(-low / scale) * scale) if low <= 0 <= high else (scale, low)
