"""The JSON of trying versions."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from webui.local.messages import _In, _Out


class NumbersReport(_In, frozen=True):
    """How far a page's numbers of a version were off, relative; null where they were no numbers."""

    max_relative: Annotated[float, Meta(ge=0)] | None
    backend: Literal["wasm", "webgl", "webgpu", "cpu"]
    half_precision: bool = False


class HeadReference(_Out, frozen=True):
    """The logits of the first `count` check embeddings: base64 of little-endian float32 [count, labels]."""

    count: int
    logits: str


class ShadowRequest(_In, frozen=True):
    """Whether a version is to answer beside the one at work."""

    on: bool
