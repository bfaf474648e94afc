"""Which of the kept squares can be learned from. Light to import."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping

from store.models.architectures import INPUT_SIZE

log = logging.getLogger("whimbrel.training")


def usable(squares: Mapping[int, bytes]) -> dict[int, bytes]:
    """Those of the size that networks take and that can be read to their end, by picture.

    A damaged one must not keep people from learning from all the others.
    """
    found = {picture: content for picture, content in squares.items() if _can_be_read(content)}
    if len(found) < len(squares):
        log.warning("%d kept squares cannot be learned from", len(squares) - len(found))
    return found


def _can_be_read(content: bytes) -> bool:
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.size != (INPUT_SIZE, INPUT_SIZE):
                return False
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True
