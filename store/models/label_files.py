"""Which labels an imported model gets, and how a label file is read.

In this order: the file that the user names; labels inside the model's file; a text file beside it whose line
count fits and whose name relates; ImageNet's names for 1,000 outputs, or 1,001 with "background" first; else
"label 0", "label 1" and so on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from store.models.errors import ModelError
from store.models.labels import LONGEST_NAME, Label, imagenet_labels, label_of_line, unique_labels

LARGEST_LABEL_FILE = 5 * 2**20
GENERIC_NAMES = {"labels", "label", "classes", "class_names", "label_map"}
IMAGENET = 1000


def choose_labels(
    outputs: int, model_file: Path, explicit: Path | None, embedded: Iterable[Sequence[str]] = ()
) -> tuple[Label, ...]:
    """One label for each of the outputs, names unique; raises ModelError where `explicit` does not fit."""
    if explicit is not None:
        return labels_of_lines(_fitting_lines(explicit, outputs))
    for lines in embedded:
        if len(lines) == outputs:
            return labels_of_lines(lines)
    for beside in _related_files(model_file):
        found = _lines_or_none(beside)
        if found is not None and len(found) == outputs:
            return labels_of_lines(found)
    if outputs in (IMAGENET, IMAGENET + 1):
        return _imagenet(outputs)
    return tuple(Label(f"label {index}") for index in range(outputs))


def labels_of_lines(lines: Sequence[str]) -> tuple[Label, ...]:
    """Labels of a file's lines: "name, synonym" split where the file is of that kind, names made unique."""
    cleaned = [_clean(line) for line in _without_indexes(lines)]
    if _is_imagenet(cleaned):
        return _imagenet(len(cleaned))
    plain = [Label(line or f"label {index}") for index, line in enumerate(cleaned)]
    if _has_synonyms(cleaned):
        plain = [label_of_line(line) if line else plain[index] for index, line in enumerate(cleaned)]
    short = [Label(label.name[: LONGEST_NAME - 8], label.synonyms) for label in _told_apart(plain)]
    return unique_labels(short)


def _imagenet(outputs: int) -> tuple[Label, ...]:
    """ImageNet's classes by Whimbrel's names, "background" first where there is one output more."""
    return ((Label("background"),) if outputs == IMAGENET + 1 else ()) + imagenet_labels()


def _is_imagenet(lines: Sequence[str]) -> bool:
    """Are these ImageNet's names in ImageNet's order? Then a class has the same name in every model."""
    if len(lines) not in (IMAGENET, IMAGENET + 1):
        return False
    names = [line.split(",")[0] for line in lines]
    same = sum(name == label.name for name, label in zip(names, _imagenet(len(lines)), strict=True))
    return 100 * same >= 99 * len(lines)


def lines_of_bytes(data: bytes) -> list[str]:
    """The lines of a label file, blank ones at its end left out; raises UnicodeDecodeError."""
    lines = data.decode("utf-8-sig").splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _fitting_lines(path: Path, outputs: int) -> list[str]:
    try:
        lines = lines_of_bytes(_small_file(path))
    except OSError as error:
        raise ModelError(
            f"The label file “{path.name}” could not be read ({error.strerror}).", "Give another path."
        ) from None
    except (UnicodeDecodeError, ValueError):
        raise ModelError(
            f"“{path.name}” is not a text file of labels.", "Give a UTF-8 text file with one label a line."
        ) from None
    if len(lines) != outputs:
        raise ModelError(
            f"“{path.name}” has {len(lines):,} labels, but the model has {outputs:,} outputs.",
            "Give the label file that came with the model.",
        )
    return lines


def _small_file(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_LABEL_FILE:
        raise ValueError("too large for a label file")
    return path.read_bytes()


def _lines_or_none(path: Path) -> list[str] | None:
    try:
        return lines_of_bytes(_small_file(path))
    except (OSError, ValueError):
        return None


def _related_files(model_file: Path) -> list[Path]:
    """Text files beside the model, those first that share most words with its name."""
    about = _words(model_file.stem)
    ranked = []
    for path in sorted((model_file if model_file.is_dir() else model_file.parent).glob("*.txt")):
        own = _words(path.stem) - {"labels", "label"}
        if own and own <= about:
            ranked.append((len(own), path))
        elif path.stem.lower() in GENERIC_NAMES:
            ranked.append((0, path))
    return [path for _, path in sorted(ranked, key=lambda pair: -pair[0])]


def _words(stem: str) -> set[str]:
    return {word for word in re.split(r"[^0-9a-z]+", stem.lower()) if word}


def _clean(line: str) -> str:
    """The line without control characters, which no label may have."""
    return "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in line).strip()


def _without_indexes(lines: Sequence[str]) -> list[str]:
    """Teachable Machine writes "0 Daisy", "1 Rose": the numbers go where every line has its own."""
    parts = [line.split(maxsplit=1) for line in lines]
    numbered = all(len(part) > 1 and part[0] == str(index) for index, part in enumerate(parts))
    return [part[1] for part in parts] if numbered else list(lines)


def _has_synonyms(lines: Sequence[str]) -> bool:
    """Are these lines "name, synonym": commas in a tenth of them, what is before them nearly unique?"""
    names = {line.split(",")[0] for line in lines}
    return 10 * sum(", " in line for line in lines) >= len(lines) and 100 * len(names) >= 99 * len(lines)


def _told_apart(labels: Sequence[Label]) -> list[Label]:
    """A name that was there before takes its first synonym with it: "maillot", "maillot (tank suit)"."""
    taken: set[str] = set()
    result = []
    for label in labels:
        name = label.name
        if name in taken and label.synonyms:
            name = f"{name} ({label.synonyms[0]})"
        taken.add(name)
        result.append(Label(name, label.synonyms))
    return result
