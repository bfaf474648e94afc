"""What a mode of training hands on: a head, perhaps a new network, and its answers for what was held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from store.models.arrays import Head, HeadInput, head_arrays, head_layers, load, save
from store.models.labels import Label
from store.training.gates.gate import Gate
from store.training.heads.calibration import softmax
from store.training.runs.job import JobFolder, write_json

Array = NDArray[np.float32]
_BACKBONE = "backbone/"
_HELD_BACK, _EMBEDDINGS = "held_back", "embeddings"


@dataclass(frozen=True)
class Learned:
    """A head with its labels, as `store.models.head_set` writes it.

    `held_back` are its logits [h, labels], not over the temperature, for the examples on the hold-out side,
    in their order. `backbone` are the arrays of a new network by the keys of its architecture, `embeddings`
    [h, d] what that sees in the pictures held back; both are None where the network stays as it is.
    `facts` are figures for the version's metrics, a "note" among them is told to people at the end; `gates`
    are checks that the mode made by itself.
    """

    layers: Head = field(repr=False)
    labels: list[Label] = field(repr=False)
    temperature: float
    input: HeadInput
    held_back: Array = field(repr=False)
    backbone: Mapping[str, Array] | None = field(default=None, repr=False)
    embeddings: Array | None = field(default=None, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)
    gates: Sequence[Gate] = ()

    def probabilities(self) -> NDArray[np.float64]:
        """Those of the pictures held back [h, labels]."""
        return softmax(self.held_back, self.temperature)


class _Kept(msgspec.Struct):
    labels: list[tuple[str, list[str]]]
    temperature: float
    input: HeadInput
    has_backbone: bool
    facts: dict[str, Any]
    gates: list[dict[str, Any]]


def keep(folder: JobFolder, learned: Learned) -> None:
    """Writes it down, so that a later attempt goes on from here."""
    backbone = {_BACKBONE + key: array for key, array in (learned.backbone or {}).items()}
    seen = {} if learned.embeddings is None else {_EMBEDDINGS: learned.embeddings}
    arrays = head_arrays(learned.layers) | {_HELD_BACK: learned.held_back} | seen | backbone
    save(arrays, folder.learned_arrays)
    kept = _Kept(
        labels=[(label.name, list(label.synonyms)) for label in learned.labels],
        temperature=learned.temperature,
        input=learned.input,
        has_backbone=learned.backbone is not None,
        facts=dict(learned.facts),
        gates=[gate.to_json() for gate in learned.gates],
    )
    write_json(folder.learned, kept)


def kept_in(folder: JobFolder) -> Learned | None:
    """What an earlier attempt learned, None where it did not come so far."""
    if not folder.learned.exists():
        return None
    kept = msgspec.json.decode(folder.learned.read_bytes(), type=_Kept)
    arrays = load(folder.learned_arrays)
    backbone = {
        key.removeprefix(_BACKBONE): arrays.pop(key) for key in list(arrays) if key.startswith(_BACKBONE)
    }
    held_back, embeddings = arrays.pop(_HELD_BACK), arrays.pop(_EMBEDDINGS, None)
    return Learned(
        layers=head_layers(arrays),
        labels=[Label(name, tuple(synonyms)) for name, synonyms in kept.labels],
        temperature=kept.temperature,
        input=kept.input,
        held_back=held_back,
        backbone=backbone if kept.has_backbone else None,
        embeddings=embeddings,
        facts=kept.facts,
        gates=[Gate(**gate) for gate in kept.gates],
    )
