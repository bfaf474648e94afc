"""`GET /api/export/training-data`: what is remembered as one download, streamed as fast as it is read."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast

from msgspec import Meta
from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from store.export.filters import FilterError, Filters, MarkWord, Source
from store.export.shards import gzipped
from store.export.training_exports import GZIP_MEDIA_TYPE, MEDIA_TYPES, Export, Form
from webui.base_handler import Authentication
from webui.compression import accepts_gzip
from webui.local.local_handler import LocalHandler
from webui.local.query_parameters import Moment, bad_query, moment_of, read_query
from webui.local.services import TrainingExports
from webui.routes import Parameter

log = logging.getLogger("whimbrel.http")
Confidence = Annotated[float, Meta(ge=0, le=1)]
Name = Annotated[str, Meta(min_length=1, max_length=256, pattern="^[^\\x00]*$")]

PARAMETERS = (
    Parameter("format", Form, "The form of the data; json if not said. tfrecord is a tar of shards."),
    Parameter(
        "includeUserFeedback", bool, "Whether what the user said is in it and counts; true if not said."
    ),
    Parameter("minConfidence", Confidence, "The least probability of the best answer; corrections pass it."),
    Parameter("gzip", bool, "Whether the file (tfrecord: each shard) is compressed; false if not said."),
    Parameter("from", Moment, "The first time, in milliseconds since 1970 or ISO-8601 (UTC without a zone)."),
    Parameter("to", Moment, "The time before which the records are; as `from`."),
    Parameter("label", Name, "Only what has this label: the correction, else the best answer."),
    Parameter("modelVersion", Name, "Only answers of this model version."),
    Parameter("source", Source, "Only pictures that came this way."),
    Parameter("backend", Name, "Only what this backend computed."),
    Parameter("sessionId", Name, "Only this session."),
    Parameter("mark", MarkWord, "Only answers with this last word of the user's."),
    Parameter("onlyCorrected", bool, "Only answers that the user corrected; false if not said."),
)
_TEXTS = {media for form, media in MEDIA_TYPES.items() if form != "tfrecord"}
MEDIA = (*MEDIA_TYPES.values(), GZIP_MEDIA_TYPE)


class ExportHandler(LocalHandler):
    """Streams an export; stops it when whoever asked goes away."""

    authentication = Authentication.COOKIE
    exports: TrainingExports
    _gone = False

    async def get(self) -> None:
        """The file. What fails before its first byte is a problem, what fails later cuts the connection."""
        given = read_query(PARAMETERS, self.request.query_arguments)
        filters = _filters(given)
        form, gzip = given.get("format", "json"), given.get("gzip", False)
        export = await self.call(self.exports.start, form, filters, gzip=gzip)
        try:
            await self._stream(export)
        except StreamClosedError:
            return
        finally:
            export.pieces.close()

    def on_connection_close(self) -> None:
        """Remembers that nobody listens any more."""
        super().on_connection_close()
        self._gone = True

    async def _stream(self, export: Export) -> None:
        packed = accepts_gzip(self.request) and export.media_type in _TEXTS
        pieces = gzipped(export.pieces) if packed else export.pieces
        piece = await self._next(pieces)
        self.set_header("Content-Type", export.media_type)
        if packed:
            self.set_header("Content-Encoding", "gzip")
        self.set_header("Content-Disposition", f'attachment; filename="{export.file_name}"')
        try:
            while piece is not None:
                self.write(piece)
                await self.flush()  # waits until the socket takes it: who reads slowly slows the export down
                piece = await self._next(pieces)
        except StreamClosedError:
            raise
        except Exception:
            log.exception("an export broke off after %d records", export.selection.rows)
            # A proper end would make a part look like the whole.
            cast(HTTP1Connection, self.request.connection).stream.close()

    async def _next(self, pieces: Iterator[bytes]) -> bytes | None:
        """The next piece that is not empty, None at the end. Raises StreamClosedError when nobody listens."""
        while not self._gone:
            piece = await self.call(next, pieces, None)
            if piece is None or piece:
                return piece
        raise StreamClosedError


def _filters(given: Mapping[str, Any]) -> Filters:
    try:
        return Filters(
            include_user_feedback=given.get("includeUserFeedback", True),
            min_confidence=given.get("minConfidence"),
            from_ms=moment_of(given, "from"),
            to_ms=moment_of(given, "to"),
            label=given.get("label"),
            model_version=given.get("modelVersion"),
            source=given.get("source"),
            only_corrected=given.get("onlyCorrected", False),
            backend=given.get("backend"),
            session_id=given.get("sessionId"),
            mark=given.get("mark"),
        )
    except FilterError as error:
        raise bad_query(error.sentence, error.advice) from error
