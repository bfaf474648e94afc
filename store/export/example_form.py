"""A row as a `tf.train.Example` with the keys that readers of image sets expect, and its embedding."""

from __future__ import annotations

import io
import re

from store.events import Picture
from store.export.rows import ExportRow
from store.export.tfrecord import bytes_feature, example, floats_feature, int_feature

_SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), b"jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), b"png"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), b"webp"),
)


def example_of(row: ExportRow, label: int) -> bytes:
    """The serialized example; `label` is the place of the row's label in the label map, from 0.

    `image/height` and `image/width` are of `image/encoded`; of the whole picture where nothing is encoded or
    it can't be read; 0 where nothing is known.
    """
    picture, image = row.inference.picture, row.image or b""
    width, height = _size(image, picture)
    return example(
        {
            "image/encoded": bytes_feature(image),
            "image/format": bytes_feature(_format(image)),
            "image/class/label": int_feature(label),
            "image/class/text": bytes_feature((row.label or "").encode()),
            "image/height": int_feature(height),
            "image/width": int_feature(width),
            "image/filename": bytes_feature(picture.file_name.encode() if picture else b""),
            "image/key/sha256": bytes_feature(picture.sha256.encode() if picture else b""),
            "image/embedding": floats_feature(row.embedding or b""),
            "image/model_version": bytes_feature(row.inference.model_version.encode()),
        }
    )


def _format(image: bytes) -> bytes:
    return next((name for signature, name in _SIGNATURES if signature.match(image)), b"")


def _size(image: bytes, picture: Picture | None) -> tuple[int, int]:
    """Width and height in pixels."""
    measured = _measured(image) if image else None
    if measured is not None:
        return measured
    return (picture.width or 0, picture.height or 0) if picture else (0, 0)


def _measured(image: bytes) -> tuple[int, int] | None:
    """What the head of the file says; None where Pillow can't read it, whatever is wrong with it."""
    from PIL import Image  # noqa: PLC0415 - only TFRecord needs it

    try:
        with Image.open(io.BytesIO(image)) as opened:
            return opened.size
    except Exception:
        return None
