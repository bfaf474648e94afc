"""Which files of a folder are tried as pictures: by their names, else by how they begin."""

from __future__ import annotations

import os
import re
import stat
from pathlib import PurePath

_PICTURES = re.compile(
    r"\.(jpe?g|jpe|jfif|a?png|webp|gif|bmp|avif|heic|heif|tiff?|jxl|jp2|dng|cr[23w]|ne[fw]|nrw|arw|srf|sr2"
    r"|orf|raf|rw2|pef|srw|3fr|iiq|x3f)",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\.(xmp|xml|json|txt|csv|md|ini|db|log|lock|pdf|html?|zip|mp[34]|mov|avi|mts|wav|gpx)", re.IGNORECASE
)
_BEGINNINGS = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|BM....\0\0\0\0|II\*\0|MM\0\*|....ftyp(avif|avis|heic|heix|mif1)",
    re.DOTALL,
)
_READ_BYTES = 32


def may_be_picture(path: str) -> bool:
    """Whether a file is worth a try. One with a name that says nothing is opened. Raises OSError."""
    ending = PurePath(path).suffix
    if _PICTURES.fullmatch(ending):
        return True
    return not _OTHERS.fullmatch(ending) and begins_like_picture(path)


def begins_like_picture(path: str) -> bool:
    """Whether the first bytes of a file are those of a picture. Raises OSError."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a name that need not be UTF-8
        return _BEGINNINGS.match(file.read(_READ_BYTES)) is not None


def is_hidden(name: str, status: os.stat_result) -> bool:
    """Whether the system shows the file to nobody by itself."""
    attributes = getattr(status, "st_file_attributes", 0)  # Windows' own
    return name.startswith(".") or bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)
