"""What is exported: rows, and whoever selects them, from a device's memory or a collector's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from store.events import DeviceInfo, Inference, UserFeedback


class ExportRow(NamedTuple):
    """One inference with what belongs to it.

    `label` is what the correction, else the best answer counts as; None where the user said that it is wrong
    and not what is right. `embedding` is little-endian float16, `image` the kept crop, else the thumbnail
    (only where the selection has `images`); `recorded_at` is milliseconds since the epoch.
    """

    id: str
    session_id: str
    recorded_at: int
    inference: Inference
    device: DeviceInfo | None
    feedback: UserFeedback | None
    label: str | None
    embedding: bytes | None
    image: bytes | None


class Selected(Protocol):
    """The rows of one export, in one order."""

    @property
    def rows(self) -> int:
        """How many rows `chunks` has given."""

    def chunks(self) -> Iterator[list[ExportRow]]:
        """The rows; a chunk may be empty."""

    def labels(self) -> Iterator[list[str | None]]:
        """The labels of the rows that `chunks` gives, in the same order, without counting."""
