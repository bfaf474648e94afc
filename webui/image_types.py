"""Which kind of image some bytes are: only what is one is answered as one, whoever sent it."""

from __future__ import annotations

import re

_SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)


def image_type(content: bytes) -> str | None:
    """The media type of a JPEG, PNG or WebP by its first bytes; None for anything else."""
    return next((media for signature, media in _SIGNATURES if signature.match(content)), None)
