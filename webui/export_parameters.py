"""What an export may be asked for in an address, on a device and at a collector alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from store.export.filters import FilterError, Filters, MarkWord, Source
from store.export.training_exports import GZIP_MEDIA_TYPE, MEDIA_TYPES, Form
from webui.local.query_parameters import Moment, bad_query, moment_of
from webui.routes import Parameter

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
MEDIA = (*MEDIA_TYPES.values(), GZIP_MEDIA_TYPE)


def filters_of(given: Mapping[str, Any]) -> Filters:
    """The filters that an address asks for. Raises Problem."""
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
