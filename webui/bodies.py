"""Request bodies read piece by piece, so that a limit holds before and after inflating."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from webui.problems import BAD_ENCODING, MEDIA, TOO_LARGE, Problem

_GZIP = 16 + zlib.MAX_WBITS
_INFLATE_STEP = 65_536


class Body:
    """One request's body, at most `limit` bytes on the wire and as many after inflating.

    What comes after the limit is read and dropped: the answer can be sent only once the sender listens.
    """

    def __init__(self, limit: int, *, gzip: bool = False) -> None:
        self._limit = limit
        self._inflater = zlib.decompressobj(_GZIP) if gzip else None
        self._received = 0
        self._content = bytearray()
        self._damaged = False

    @property
    def _too_large(self) -> bool:
        return self._received > self._limit or len(self._content) > self._limit

    def feed(self, piece: bytes) -> None:
        """Takes the next piece as it arrived."""
        self._received += len(piece)
        if self._too_large or self._damaged:
            return
        if self._inflater is None:
            self._content += piece
        else:
            self._inflate(self._inflater, piece)

    def _inflate(self, inflater: zlib._Decompress, piece: bytes) -> None:
        try:
            more = True
            while more and not self._too_large:
                inflated = inflater.decompress(piece, _INFLATE_STEP)
                self._content += inflated
                piece = inflater.unconsumed_tail
                more = bool(piece) or len(inflated) == _INFLATE_STEP
        except zlib.error:
            self._damaged = True

    def whole(self) -> bytes:
        """The body, inflated.

        Raises:
            Problem: 413 when it passed the limit, 400 when its compression is damaged or cut short.
        """
        if self._too_large:
            raise too_large(self._limit)
        cut_short = self._inflater is not None and not self._inflater.eof
        trailing = self._inflater is not None and bool(self._inflater.unused_data)
        if self._damaged or cut_short or trailing:
            raise Problem(
                BAD_ENCODING,
                "The compressed body of this request is damaged or incomplete.",
                "Send it again as one complete gzip stream, or uncompressed.",
            )
        return bytes(self._content)


def too_large(limit: int) -> Problem:
    """The 413 for a body of more than `limit` bytes."""
    return Problem(
        TOO_LARGE,
        f"The request is larger than the {_size(limit)} that this address takes.",
        "Send it in smaller parts.",
    )


def _size(count: int) -> str:
    return f"{count // 2**20} MiB" if count >= 2**20 else f"{count // 2**10} KiB"


def expected_body(headers: Mapping[str, str], limit: int) -> Body:
    """The reader for a JSON body that these headers announce.

    Raises:
        Problem: 415 when it is not JSON or compressed by something else than gzip, 413 when the announced
            length is over the limit.
    """
    media, _, parameters = headers.get("Content-Type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Problem(MEDIA, "This address takes JSON only.", "Send it with Content-Type: application/json.")
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise Problem(
            MEDIA,
            "Whimbrel can't read this compression.",
            "Send the body uncompressed or as gzip.",
            {"Accept-Encoding": "gzip"},
        )
    if _announced(headers) > limit:
        raise too_large(limit)
    return Body(limit, gzip=encoding == "gzip")


def _announced(headers: Mapping[str, str]) -> int:
    length = headers.get("Content-Length", "0")
    return int(length) if length.isdecimal() else 0
