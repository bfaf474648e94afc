"""What a version's id is made of. Light to import."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_LONGEST_SLUG = 48


def version_id(name: str, backbone_id: str, head_id: str) -> str:
    """An id that can be read, and that is the same for the same name, network and head."""
    return f"{slug(name)}-{hashlib.sha256((backbone_id + head_id).encode()).hexdigest()[:8]}"


def slug(name: str) -> str:
    """A name as the readable part of an id: lower-case ASCII words joined by hyphens, else "model"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-") or "model"
