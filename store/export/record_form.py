"""A row as JSON in the seed's form: every field of the seed is there, null where nothing is known.

What is exported is also what `POST /api/statistics` takes, but for the pictures.
"""

from __future__ import annotations

import binascii

import msgspec

from store.events import DeviceInfo, Gpu, MemoryUsage, Picture, Prediction, UserFeedback
from store.export.rows import ExportRow


class _Whole(msgspec.Struct, frozen=True, rename="camel", omit_defaults=False):
    """Base of what is written with all its fields."""


class ExportedFeedback(_Whole, frozen=True):
    """The last word of the user; `is_correct` is null for "I don't know"."""

    is_correct: bool | None
    corrected_label: str | None
    confidence: float


class ExportedGpu(_Whole, frozen=True):
    """Vendor and renderer as WebGL tells them."""

    vendor: str | None
    renderer: str | None


class ExportedDevice(_Whole, frozen=True):
    """The machine as the browser told of it; `device_memory` in GiB."""

    gpu: ExportedGpu | None
    webgl_version: str | None
    device_memory: float | None
    hardware_concurrency: int | None
    user_agent: str | None


class ExportedPicture(_Whole, frozen=True):
    """The picture of a record: size in pixels and bytes, `captured_at` as the camera wrote it."""

    sha256: str
    file_name: str
    path: str | None
    width: int | None
    height: int | None
    bytes: int | None
    captured_at: str | None


class ExportedRecord(_Whole, frozen=True):
    """One inference. `timestamp` is milliseconds since the epoch, durations are milliseconds, `embedding` is
    base64 of little-endian float16, `label` what to train with (null: known to be wrong, not what it is)."""

    id: str
    session_id: str
    timestamp: int
    model_version: str
    model_alpha: float | None
    predictions: list[Prediction]
    inference_time: float
    preprocessing_time: float
    total_time: float
    memory_usage: MemoryUsage
    user_feedback: ExportedFeedback | None
    device_info: ExportedDevice | None
    label: str | None
    backend: str | None
    variant: str | None
    space_id: str | None
    source: str | None
    picture: ExportedPicture | None
    embedding: str | None


def exported(row: ExportRow) -> ExportedRecord:
    """The record of a row."""
    made = row.inference
    return ExportedRecord(
        id=row.id,
        session_id=row.session_id,
        timestamp=row.recorded_at,
        model_version=made.model_version,
        model_alpha=made.model_alpha,
        predictions=made.predictions,
        inference_time=made.inference_time,
        preprocessing_time=made.preprocessing_time,
        total_time=made.total_time,
        memory_usage=made.memory_usage,
        user_feedback=_feedback(row.feedback),
        device_info=_device(row.device),
        label=row.label,
        backend=made.backend,
        variant=made.variant,
        space_id=made.space_id,
        source=made.source,
        picture=_picture(made.picture),
        embedding=None
        if row.embedding is None
        else binascii.b2a_base64(row.embedding, newline=False).decode(),
    )


def _feedback(said: UserFeedback | None) -> ExportedFeedback | None:
    if said is None:
        return None
    return ExportedFeedback(said.is_correct, said.corrected_label, said.confidence)


def _device(device: DeviceInfo | None) -> ExportedDevice | None:
    if device is None:
        return None
    return ExportedDevice(
        _gpu(device.gpu),
        device.webgl_version,
        device.device_memory,
        device.hardware_concurrency,
        device.user_agent,
    )


def _gpu(gpu: Gpu | None) -> ExportedGpu | None:
    return None if gpu is None else ExportedGpu(gpu.vendor, gpu.renderer)


def _picture(picture: Picture | None) -> ExportedPicture | None:
    return None if picture is None else ExportedPicture(**msgspec.structs.asdict(picture))
