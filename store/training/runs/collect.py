"""Puts what a training needs into its folder: the one part of it that reads the memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from store.local.errors import StoreFull
from store.local.folder import LOW_WATER_BYTES, free_bytes
from store.local.learning.readiness import check_enough, check_squares
from store.models.errors import ModelError
from store.models.set_files import HEAD_DESCRIPTION
from store.training.runs.job import NONE_OF_THESE, Job, JobFolder, write_json
from store.training.runs.modes import from_squares
from store.training.runs.squares import usable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from store.local.learning.example_forms import ExampleSet, LabelCount, NoneCount


BACKGROUND = 2000  # embeddings of pictures about which nothing was said


class _HeadLabel(msgspec.Struct):
    name: str


class _HeadFile(msgspec.Struct):
    labels: list[_HeadLabel]


class Examples(Protocol):
    """What a training reads of the memory; `store.local.learning.example_store` is it."""

    def counted(self, space_id: str | None) -> tuple[list[LabelCount], NoneCount]:
        """How many pictures each label has, and how many are "none of these"."""

    def collect(self, space_id: str) -> ExampleSet:
        """All examples with an embedding in the space, each with its side."""

    def background(self, space_id: str, limit: int) -> NDArray[np.float32]:
        """Embeddings of at most `limit` pictures about which nothing was said, [m, d]."""

    def crops(self, pictures: Iterable[int]) -> dict[int, bytes]:
        """The kept squares of pictures, of those that have one."""


def collect(folder: JobFolder, job: Job, examples: Examples) -> int:
    """Writes the job whole, `job.json` last; returns how many pictures it has.

    Raises CannotTrain for too few, StoreFull where there is no room, and what the memory raises.
    """
    found = sure_enough(examples.collect(job.space_id), job.options.least_confidence)
    wanted = (job.label_mode, job.options.least_examples)
    check_enough(*counted(found), *wanted)
    crops: Mapping[int, bytes] = {}
    if from_squares(job.mode):
        crops = usable(examples.crops(found.pictures.tolist()))
        found = with_square(found, crops)
        check_squares(*counted(found), *wanted)
    extend = job.label_mode == "extend"
    background = examples.background(job.space_id, BACKGROUND) if extend else None
    _check_room(folder.path, found.embeddings.nbytes + sum(map(len, crops.values())))
    _write_arrays(folder, found, background)
    _write_crops(folder.crops, crops)
    write_json(folder.job, job)
    return len(found.labels)


def head_labels(models: Path, head_id: str) -> list[str]:
    """The labels of a head by name; raises ModelError where they cannot be read."""
    try:
        found = msgspec.json.decode((models / head_id / HEAD_DESCRIPTION).read_bytes(), type=_HeadFile)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(
            "The labels of the model at work cannot be read.", "Put another model to work, or fetch it again."
        ) from error
    return [label.name for label in found.labels]


def counted(found: ExampleSet) -> tuple[dict[str, int], int]:
    """How many examples each label has, and how many are "none of these"."""
    counts: dict[str | None, int] = {}
    for label in found.labels:
        counts[label] = counts.get(label, 0) + 1
    none_of_these = counts.pop(None, 0)
    return {label: count for label, count in counts.items() if label is not None}, none_of_these


def sure_enough(found: ExampleSet, least: float) -> ExampleSet:
    """Those of which people were at least so sure; in float32, as both are kept."""
    import numpy as np  # noqa: PLC0415

    return _those(found, np.flatnonzero(found.confidence >= np.float32(least)))


def with_square(found: ExampleSet, crops: Collection[int]) -> ExampleSet:
    """Those whose square is there."""
    import numpy as np  # noqa: PLC0415

    return _those(found, np.flatnonzero([picture in crops for picture in found.pictures.tolist()]))


def _those(found: ExampleSet, kept: NDArray[np.int64]) -> ExampleSet:
    """The examples at these places."""
    if len(kept) == len(found.labels):
        return found
    return dataclasses.replace(
        found,
        pictures=found.pictures[kept],
        labels=[found.labels[place] for place in kept.tolist()],
        confidence=found.confidence[kept],
        embeddings=found.embeddings[kept],
        sides=found.sides[kept],
    )


def _write_arrays(folder: JobFolder, found: ExampleSet, background: NDArray[np.float32] | None) -> None:
    import numpy as np  # noqa: PLC0415

    from store.models.arrays import save  # noqa: PLC0415

    names = sorted({label for label in found.labels if label is not None})
    number = {label: index for index, label in enumerate(names)}
    indices = [NONE_OF_THESE if label is None else number[label] for label in found.labels]
    arrays: dict[str, NDArray[Any]] = {
        "embeddings": found.embeddings,
        "labels": np.array(indices, dtype=np.int32),
        "sides": found.sides,
        "pictures": found.pictures,
        "confidence": found.confidence,
    }
    save(arrays, folder.examples)
    write_json(folder.labels, names)
    if background is not None:
        save({"embeddings": background.reshape(-1, found.embeddings.shape[1])}, folder.background)


def _write_crops(folder: Path, crops: Mapping[int, bytes]) -> None:
    if crops:
        folder.mkdir(exist_ok=True)
    for picture, content in crops.items():
        (folder / f"{picture}.jpg").write_bytes(content)


def _check_room(folder: Path, needed: int) -> None:
    """What a training leaves must not take the room that the memory keeps for closing and healing."""
    left = free_bytes(folder)
    if left < needed + LOW_WATER_BYTES:
        raise no_room(needed + LOW_WATER_BYTES - left)


def no_room(missing: int | None = None) -> StoreFull:
    """The error for a disk without room for a training."""
    how_much = "some space" if missing is None else f"{max(1, missing >> 20)} MB"
    return StoreFull(
        "The disk is too full to learn.", f"Free {how_much} on the disk of Whimbrel's data, then train again."
    )
