"""Streams an export as one download, as fast as it is read; who goes away stops it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from store.export.shards import gzipped
from store.export.training_exports import MEDIA_TYPES, Export
from webui.base_handler import BaseHandler
from webui.compression import accepts_gzip

log = logging.getLogger("whimbrel.http")
_TEXTS = {media for form, media in MEDIA_TYPES.items() if form != "tfrecord"}
Next = Callable[[Iterator[bytes]], Coroutine[Any, Any, bytes | None]]


class ExportStream(BaseHandler):
    """A handler that answers with an export."""

    _gone = False

    def on_connection_close(self) -> None:
        """Remembers that nobody listens any more."""
        super().on_connection_close()
        self._gone = True

    async def answer_export(self, export: Export, next_piece: Next) -> None:
        """Sends it. What fails before its first byte is raised, what fails later cuts the connection.

        `next_piece` gives an iterator's next piece, None at the end, off the event loop.
        """
        try:
            await self._stream(export, next_piece)
        except StreamClosedError:
            return
        finally:
            export.pieces.close()

    async def _stream(self, export: Export, next_piece: Next) -> None:
        packed = accepts_gzip(self.request) and export.media_type in _TEXTS
        pieces = gzipped(export.pieces) if packed else export.pieces
        piece = await self._next(pieces, next_piece)
        self.set_header("Content-Type", export.media_type)
        if packed:
            self.set_header("Content-Encoding", "gzip")
        self.set_header("Content-Disposition", f'attachment; filename="{export.file_name}"')
        try:
            while piece is not None:
                self.write(piece)
                await self.flush()  # waits until the socket takes it: who reads slowly slows the export down
                piece = await self._next(pieces, next_piece)
        except StreamClosedError:
            raise
        except Exception:
            log.exception("an export broke off after %d records", export.selection.rows)
            # A proper end would make a part look like the whole.
            cast(HTTP1Connection, self.request.connection).stream.close()

    async def _next(self, pieces: Iterator[bytes], next_piece: Next) -> bytes | None:
        """The next piece that is not empty, None at the end. Raises StreamClosedError when nobody listens."""
        while not self._gone:
            piece = await next_piece(pieces)
            if piece is None or piece:
                return piece
        raise StreamClosedError
