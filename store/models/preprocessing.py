"""From a picture to the numbers that a network takes. The page does the same; tests/vectors hold both to it.

The steps: turn by EXIF; to RGB, 8 bits a channel, transparency composited on white; the centred square of
side floor(short side × crop_fraction + 0.5); a triangle filter whose support grows with the reduction (as
Pillow's BILINEAR) horizontally, then vertically, rounded to 8 bits after each; then (pixel - offset) / scale
in float32.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes an input: x = (pixel - offset) / scale with pixel 0..255."""

    size: int = 224
    crop_fraction: float = 0.875
    resize: str = "triangle"
    offset: float = 127.5
    scale: float = 127.5

    def to_json(self) -> dict[str, object]:
        """The form that stands in backbone.json."""
        return {
            "size": self.size,
            "cropFraction": float(self.crop_fraction),
            "resize": self.resize,
            "offset": float(self.offset),
            "scale": float(self.scale),
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Preprocessing:
        """What `to_json` wrote; raises KeyError for a missing part."""
        return cls(
            size=given["size"],
            crop_fraction=given["cropFraction"],
            resize=given["resize"],
            offset=given["offset"],
            scale=given["scale"],
        )


def crop_box(width: int, height: int, crop_fraction: float) -> tuple[int, int, int, int]:
    """The centred square (left, top, right, bottom), whole pixels, of a picture of that size."""
    side = max(1, math.floor(min(width, height) * crop_fraction + 0.5))
    left, top = (width - side) // 2, (height - side) // 2
    return (left, top, left + side, top + side)


def pixels_of_file(path: Path, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """The picture in a file as [size, size, 3]; raises what Pillow raises for a file that is no picture."""
    from PIL import Image  # noqa: PLC0415 - the server must start without Pillow

    with Image.open(path) as image:
        return pixels_of(image, preprocessing)


def pixels_of(image: Image, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """A picture, its first frame if it has several, cropped and resized to [size, size, 3]."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image, ImageOps  # noqa: PLC0415

    upright = _rgb(ImageOps.exif_transpose(image))
    box = crop_box(upright.width, upright.height, preprocessing.crop_fraction)
    size = (preprocessing.size, preprocessing.size)
    return np.array(upright.resize(size, Image.Resampling.BILINEAR, box=box), dtype=np.uint8)


def _rgb(image: Image) -> Image:
    """RGB, 8 bits: 16-bit grey is scaled (Pillow alone would clip it), transparency lies on white."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    if image.mode.startswith("I"):
        grey = np.clip(np.asarray(image, dtype=np.float64) / 257.0 + 0.5, 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, layered).convert("RGB")


def preprocess(image: Image, preprocessing: Preprocessing) -> NDArray[np.float32]:
    """A picture as the input of a network, float32 [size, size, 3]."""
    return to_input(pixels_of(image, preprocessing), preprocessing)


def to_input(pixels: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.float32]:
    """(pixel - offset) / scale in float32, of any shape."""
    import numpy as np  # noqa: PLC0415

    offset, scale = np.float32(preprocessing.offset), np.float32(preprocessing.scale)
    return ((pixels.astype(np.float32) - offset) / scale).astype(np.float32)


def reference_pattern(size: int = 224) -> NDArray[np.uint8]:
    """The fixed picture [size, size, 3] on which page and Python compare their embeddings ("pattern": 1).

    pixel(y, x, c) = (x (c + 2) + y (4 - c) + (((1103515245 i + 12345) mod 2^31) >> 16) mod 32) mod 256 with
    i = (y size + x) 3 + c: gradients and noise, exact in the doubles of JavaScript.
    """
    import numpy as np  # noqa: PLC0415

    y, x, c = np.meshgrid(np.arange(size), np.arange(size), np.arange(3), indexing="ij")
    index = ((y * size + x) * 3 + c).astype(np.int64)
    noise = (((1103515245 * index + 12345) % 2**31) >> 16) % 32
    return np.asarray((x * (c + 2) + y * (4 - c) + noise) % 256, dtype=np.uint8)
