"""How far the passes of a training are, kept in its folder so that a later attempt goes on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from store.models.arrays import load, save
from store.models.errors import ModelError
from store.training.runs.job import JobFolder

Arrays = Sequence[NDArray[Any]]
_FACTS, _LOGITS = "facts", "logits"
_LISTS = ("weights", "slots")


@dataclass(frozen=True)
class State:
    """What has been done: `epoch` passes, of which the first `best` gave the least loss on the watched.

    `losses` are those losses, that of the beginning first; `logits` [w, k] are the answers for the watched
    after pass `best`. `settling`: the passes are counted, and the same are now made with all examples.
    `weights` and `slots` (the optimiser's) are those after pass `epoch`.
    """

    settling: bool
    epoch: int
    best: int
    losses: list[float]
    logits: NDArray[np.float32] = field(repr=False)
    weights: Arrays = field(repr=False)
    slots: Arrays = field(repr=False)


def file_of(folder: JobFolder) -> Path:
    """Where it is kept."""
    return folder.path / "passes.safetensors"


class _Facts(msgspec.Struct):
    settling: bool
    epoch: int
    best: int
    losses: list[float]


def keep(path: Path, state: State) -> None:
    """Writes it, whole or not at all; raises OSError."""
    facts = msgspec.json.encode(_Facts(state.settling, state.epoch, state.best, state.losses))
    arrays: dict[str, NDArray[Any]] = {_FACTS: np.frombuffer(facts, np.uint8), _LOGITS: state.logits}
    for name in _LISTS:
        arrays |= {f"{name}/{place:04}": array for place, array in enumerate(getattr(state, name))}
    partial = path.with_name(f".{path.name}")
    save(arrays, partial)
    partial.replace(path)


def kept_in(path: Path) -> State | None:
    """What an earlier attempt kept; None where it kept nothing, or nothing that can be read."""
    if not path.exists():
        return None
    try:
        arrays: dict[str, NDArray[Any]] = dict(load(path))
        facts = msgspec.json.decode(arrays.pop(_FACTS).tobytes(), type=_Facts)
    except (ModelError, msgspec.DecodeError, KeyError):
        return None
    lists = {name: [arrays[key] for key in sorted(arrays) if key.startswith(f"{name}/")] for name in _LISTS}
    return State(facts.settling, facts.epoch, facts.best, facts.losses, arrays[_LOGITS], **lists)
