"""Labels: what a head's outputs are called, and the 1,000 names of ImageNet's classes.

imagenet_labels.txt has one line for each class of ILSVRC 2012 in the order of WordNet ids:
"name, synonym, …". The words are those of the package @tensorflow-models/mobilenet 2.1.1 (Apache-2.0),
which are WordNet's. Two names that stood there twice are told apart: "crane (machine)" and
"maillot (tank suit)".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LONGEST_NAME = 256
_IMAGENET = Path(__file__).with_name("imagenet_labels.txt")


@dataclass(frozen=True)
class Label:
    """A name that is unique within its model, and other words for the same thing."""

    name: str
    synonyms: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def imagenet_labels() -> tuple[Label, ...]:
    """The 1,000 classes in the order of the networks' outputs, their names unique."""
    return tuple(label_of_line(line) for line in _IMAGENET.read_text(encoding="utf-8").splitlines())


def label_of_line(line: str) -> Label:
    """A line "name, synonym, …" of a label file."""
    first, *others = [part.strip() for part in line.split(",")]
    return Label(first, tuple(word for word in others if word))


def unique_labels(labels: Iterable[Label]) -> tuple[Label, ...]:
    """The same labels, a name that was there before told apart by a number: "crane", "crane (2)"."""
    taken: set[str] = set()
    result = []
    for label in labels:
        name, number = label.name, 2
        while name in taken:
            name, number = f"{label.name} ({number})", number + 1
        taken.add(name)
        result.append(Label(name, label.synonyms))
    return tuple(result)
