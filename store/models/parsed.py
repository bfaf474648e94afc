"""What importers, downloads and training hand to the registry: a network and a head as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.events import Made
from store.models.architectures import Architecture, architecture
from store.models.labels import Label
from store.models.preprocessing import Preprocessing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from store.models.arrays import HeadInput

    Array = NDArray[np.float32]


@dataclass(frozen=True)
class ParsedModel:
    """A folded network with its head.

    `arrays` are float32 by the keys of `Architecture.shapes`. `head_layers` are pairs of float32 arrays,
    kernel [in, out] and bias [out]; all but the last are followed by ReLU, the last by softmax of the logits
    over `temperature`; for `head_input` "unit" the embedding is divided by its norm first. `labels` has one
    entry for each output of the last layer. `source` and `licence` are for people. `space_id` is that of the
    network which this one is a smaller form of: it keeps the space; None for a network with its own.
    """

    name: str
    architecture: str
    alpha: float | None
    preprocessing: Preprocessing
    arrays: Mapping[str, Array] = field(repr=False)
    head_layers: Sequence[tuple[Array, Array]] = field(repr=False)
    labels: Sequence[Label] = field(repr=False)
    made: Made
    source: str
    licence: str
    temperature: float = 1.0
    head_input: HeadInput = "raw"
    space_id: str | None = None

    @property
    def network(self) -> Architecture:
        """The table of this network; raises UnknownArchitecture."""
        return architecture(self.architecture, self.alpha)
