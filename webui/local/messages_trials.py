"""The JSON of trying versions."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from store.events import Name
from store.local.learning.shadow_passes import Pass
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


class ShadowPass(_In, frozen=True):
    """A version's first answer to the picture of an inference, and the milliseconds from its file to that."""

    inference_id: UUID
    label: Name
    probability: Annotated[float, Meta(ge=0, le=1)]
    ms: Annotated[float, Meta(ge=0, le=3_600_000)]

    def to_pass(self) -> Pass:
        """As the store takes it."""
        return Pass(self.inference_id, self.label, self.probability, self.ms)


class ShadowPasses(_In, frozen=True):
    """What a page found with a version over another backbone."""

    answers: Annotated[list[ShadowPass], Meta(max_length=200)]


class UnknownInferences(_Out, frozen=True):
    """The inferences that are not there (yet): whose answers were not kept."""

    unknown: list[UUID]
