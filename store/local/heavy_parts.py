"""The heavy parts of an inference, from base64 to bytes: an embedding and two small pictures."""

from __future__ import annotations

import binascii
import re

from store.local.decoding import Refused

_NOT_FINITE = re.compile(rb"[\x7c-\x7f\xfc-\xff]")  # the upper byte of a float16 whose exponent is all ones
_IMAGES = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)


def embedding_bytes(text: str | None) -> bytes | None:
    """Little-endian float16 numbers from base64, None for None. Raises Refused for anything else."""
    if text is None:
        return None
    vector = _bytes(text, "embedding")
    if len(vector) % 2:
        raise Refused("invalid", "Change `embedding`: it must be whole float16 numbers, two bytes each.")
    if _NOT_FINITE.search(vector[1::2]):
        raise Refused("invalid", "Change `embedding`: every number in it must be finite.")
    return vector


def image_bytes(text: str | None, field: str) -> bytes | None:
    """A WebP, JPEG or PNG file from base64, None for None. Raises Refused for anything else."""
    if text is None:
        return None
    image = _bytes(text, field)
    if _IMAGES.match(image) is None:
        raise Refused("invalid", f"Change `{field}`: it must be a WebP, JPEG or PNG image.")
    return image


def _bytes(text: str, field: str) -> bytes:
    try:
        value = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one; so is text outside ASCII
        raise Refused("invalid", f"Change `{field}`: it is not valid base64.") from None
    if not value:
        raise Refused("invalid", f"Change `{field}`: it is empty; leave it out instead.")
    return value
