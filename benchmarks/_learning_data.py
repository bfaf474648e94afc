"""What `bench learning` learns from: the starter's embeddings of photographs, and thousands of made ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.models.agreement import embeddings
from store.models.parsed import ParsedModel
from store.models.preprocessing import pixels_of_file

Array = NDArray[np.float32]
Labels = NDArray[np.int64]
GROUPS = Path(__file__).resolve().parents[2] / "shared" / "images" / "groups"


@dataclass(frozen=True)
class Photographs:
    """Embeddings [n, d] of photographs with their labels [n] by number, and the files."""

    embeddings: Array
    labels: Labels
    names: list[str]
    files: list[Path]


def photographs(starter: ParsedModel, folder: Path, kept: Path | None) -> Photographs:
    """The pictures of a folder of folders; the embeddings from the file `kept` where it has them."""
    files = sorted(folder.glob("*/*.jpg"))
    if not files:
        raise SystemExit(f"There are no photographs in {folder}: this benchmark needs shared/images/groups.")
    names = sorted({file.parent.name for file in files})
    labels = np.array([names.index(file.parent.name) for file in files], np.int64)
    return Photographs(_embeddings(starter, files, kept), labels, names, files)


def _embeddings(starter: ParsedModel, files: list[Path], kept: Path | None) -> Array:
    if kept is not None and kept.exists():
        found: Array = np.load(kept)
        if len(found) == len(files):
            return found
    pixels = np.stack([pixels_of_file(file, starter.preprocessing) for file in files])
    made = embeddings(starter, starter.arrays, pixels)
    if kept is not None:
        np.save(kept, made)
    return made


def thirds(labels: Labels, splits: int) -> Iterator[tuple[Labels, Labels]]:
    """Places (to learn from, held out) of stratified splits with a third held out, as scikit-learn's draw."""
    from sklearn.model_selection import StratifiedShuffleSplit  # noqa: PLC0415

    drawn = StratifiedShuffleSplit(splits, test_size=1 / 3, random_state=0)
    yield from drawn.split(np.zeros((len(labels), 1)), labels)


def many(count: int, size: int, labels: int, seed: int) -> tuple[Array, Labels]:
    """Made embeddings [count, size] of clusters that overlap, and their labels [count]."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(size).gamma(1.0, 0.25, (labels, size))
    truth = random.integers(0, labels, count)
    values = np.maximum(centres[truth] + random.normal(0, 1.6, (count, size)), 0)
    return values.astype(np.float32), truth
