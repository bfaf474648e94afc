"""What Whimbrel remembers, as frozen values: the JSON of `POST /api/statistics` and the registry's rows.

Field names are snake_case here and camelCase in JSON, as in the seed's example. Times are milliseconds since
the Unix epoch unless a field says otherwise; durations are milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

MOST_RECORDS = 1000  # of one batch
Text = Annotated[str, Meta(max_length=1024, pattern="^[^\\x00]*$")]
Name = Annotated[str, Meta(min_length=1, max_length=256, pattern="^[^\\x00]*$")]
Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Milliseconds = Annotated[float, Meta(ge=0.0, le=86_400_000.0)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
HexDigest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
# A record has a dozen texts, and matching them against patterns took longer than all its other decoding. The
# document shows the patterns all the same; store/local (decoding.py, rows.py) checks what they say.
RecordText = Annotated[str, Meta(max_length=1024, extra_json_schema={"pattern": "^[^\\x00]*$"})]
RecordName = Annotated[str, Meta(min_length=1, max_length=256, extra_json_schema={"pattern": "^[^\\x00]*$"})]
RecordDigest = Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9a-f]{64}$"})]
State = Literal["candidate", "shadow", "active", "retired"]
Made = Literal["starter", "fetched", "imported", "trained"]
Variant = Literal["float32", "float16", "uint8"]


class _Wire(Struct, frozen=True, rename="camel", omit_defaults=False, gc=False):
    """Base of everything that crosses the wire: immutable, camelCase in JSON, unknown fields ignored."""


class _Kept(_Wire, frozen=True, rename="camel", omit_defaults=True):
    """Base of what is kept as JSON: a field at its default is left out, which is a fifth of a record."""


class Prediction(_Wire, frozen=True):
    """One answer of a model: a label, its calibrated probability, and its place (1 is the best)."""

    class_name: RecordName
    probability: Probability
    rank: Annotated[int, Meta(ge=1, le=1000)]


class MemoryUsage(_Wire, frozen=True):
    """TF.js's own account of its memory after the inference (`tf.memory()`)."""

    num_tensors: Count
    num_bytes: Count
    num_data_buffers: Count


class UserFeedback(_Kept, frozen=True):
    """What the user said of an answer. `is_correct` is None and `confidence` 0.5 for "I don't know"."""

    is_correct: bool | None
    corrected_label: Name | None = None
    confidence: Probability = 1.0


class Gpu(_Kept, frozen=True):
    """Vendor and renderer as WebGL tells them (unmasked where the browser allows)."""

    vendor: Text | None = None
    renderer: Text | None = None


class DeviceInfo(_Kept, frozen=True):
    """The machine as the browser tells it. `device_memory` is in GiB."""

    gpu: Gpu | None = None
    webgl_version: Text | None = None
    device_memory: Annotated[float, Meta(ge=0, le=1_048_576)] | None = None
    hardware_concurrency: Annotated[int, Meta(ge=0, le=65_536)] | None = None
    user_agent: Text | None = None


class Picture(_Kept, frozen=True):
    """The picture of a record: size after EXIF rotation; `captured_at` as the camera wrote it."""

    sha256: RecordDigest
    file_name: RecordName
    path: RecordText | None = None
    width: Count | None = None
    height: Count | None = None
    bytes: Count | None = None
    captured_at: RecordText | None = None


class Inference(_Kept, frozen=True, tag_field="kind", tag="inference"):
    """One picture recognised. In base64: `embedding` little-endian float16, crop and thumbnail an image."""

    model_version: RecordName
    predictions: Annotated[list[Prediction], Meta(min_length=1, max_length=100)]
    inference_time: Milliseconds
    preprocessing_time: Milliseconds
    total_time: Milliseconds
    memory_usage: MemoryUsage
    id: RecordText | None = None
    timestamp: Count | None = None
    model_alpha: Annotated[float, Meta(gt=0, le=4)] | None = None
    user_feedback: UserFeedback | None = None
    device_info: DeviceInfo | None = None
    backend: RecordName | None = None
    variant: Variant | None = None
    space_id: RecordDigest | None = None
    source: Literal["file", "camera", "paste", "folder"] | None = None
    picture: Picture | None = None
    embedding: Annotated[str, Meta(max_length=32_768)] | None = None
    thumbnail: Annotated[str, Meta(max_length=262_144)] | None = None
    crop: Annotated[str, Meta(max_length=524_288)] | None = None


class Feedback(_Kept, frozen=True, tag_field="kind", tag="feedback"):
    """What the user said after the inference was sent; `retracts` names an earlier feedback to undo.

    `blind`: a picture drawn by chance was named without its answer in sight.
    """

    inference_id: Name
    id: Text | None = None
    timestamp: Count | None = None
    user_feedback: UserFeedback | None = None
    retracts: Name | None = None
    blind: bool = False


class AppEvent(_Kept, frozen=True, tag_field="kind", tag="event"):
    """Something other than an answer: a failed picture, a lost context, a change of backend."""

    stage: Name
    code: Name
    id: Text | None = None
    timestamp: Count | None = None
    model_version: Name | None = None
    backend: Name | None = None
    picture: Picture | None = None
    detail: Annotated[dict[Name, Text | float | bool | None], Meta(max_length=32)] = {}


class Attachment(_Kept, frozen=True, tag_field="kind", tag="attachment"):
    """The heavy parts of an inference that a flush on hide left behind."""

    inference_id: Name
    id: Text | None = None
    timestamp: Count | None = None
    embedding: Annotated[str, Meta(max_length=32_768)] | None = None
    thumbnail: Annotated[str, Meta(max_length=262_144)] | None = None
    crop: Annotated[str, Meta(max_length=524_288)] | None = None


Record = Inference | Feedback | AppEvent | Attachment


class StatisticsBatch(_Wire, frozen=True):
    """The body of `POST /api/statistics`; each record is decoded on its own so that a bad one fails alone."""

    session_id: Name
    statistics: Annotated[list[msgspec.Raw], Meta(max_length=MOST_RECORDS)]
    device_info: DeviceInfo | None = None


class Rejection(_Wire, frozen=True):
    """Why a record of a batch was not taken, and where it stood in the batch."""

    index: int
    id: str | None
    code: str
    reason: str


class BatchResult(_Wire, frozen=True):
    """The answer to a batch: every record is in exactly one of the three."""

    accepted: int
    duplicate: int
    rejected: list[Rejection]


class ModelVersion(_Wire, frozen=True):
    """A row of the registry: one backbone with one head (hex SHA-256 each); `alpha` None if there is none."""

    id: str
    name: str
    architecture: str
    alpha: float | None
    backbone_id: str
    head_id: str
    space_id: str
    variant: Variant
    state: State
    made: Made
    source: str
    licence: str
    label_count: int
    created_at: int
    parent_id: str | None = None
    metrics: dict[str, object] = {}
