"""Answers of 1 KiB and more go out as gzip to whoever takes that."""

from __future__ import annotations

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import GZipContentEncoding

from webui.problems import MEDIA_TYPE

_LEVEL = 1  # the fastest: a megabyte must not hold up the event loop


def accepts_gzip(request: HTTPServerRequest) -> bool:
    """Whether the caller takes gzip."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


class Compression(GZipContentEncoding):
    """Tornado's transform, for answers that are sent whole.

    What is streamed (files with their tags and ranges, events) stays as it is: on the loopback nothing is won
    by it. An export is the exception and compresses itself, on a thread.
    """

    GZIP_LEVEL = _LEVEL
    CONTENT_TYPES = GZipContentEncoding.CONTENT_TYPES | {MEDIA_TYPE}

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Compresses the answer if this is all of it."""
        if not finishing:
            self._gzipping = False
            return status_code, headers, chunk
        return super().transform_first_chunk(status_code, headers, chunk, finishing)
