"""From a network as a reader understood it to a ParsedModel, with its preprocessing and its labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from store.models.architectures import INPUT_SIZE
from store.models.folding import Chain, fold
from store.models.foreign_graph import ForeignNetwork, Unfit
from store.models.label_files import choose_labels
from store.models.matching import Match, match
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing

BYTE = 255.0
UNIT_INPUT = 0.125
DECIMALS = 4  # 127.49999 is the 127.5 that a float32 could not hold
LICENCE = "not stated in the file"
DEFAULT_PIXELS = {"efficientnet_lite0": (127.0, 128.0)}
MOBILENET_PIXELS = (127.5, 127.5)


@dataclass(frozen=True)
class FileFacts:
    """What else the file says: its lists of labels, how pixels enter, how much of the picture it looks at."""

    labels: Sequence[Sequence[str]] = ()
    pixels: tuple[float, float] | None = None
    crop_fraction: float = 0.875
    name: str | None = None
    notes: dict[str, str] = field(default_factory=dict)


def parsed_network(network: ForeignNetwork, path: Path, labels: Path | None, facts: FileFacts) -> ParsedModel:
    """The foreign network as one of Whimbrel's; raises Unfit where it is none, ModelError for its labels."""
    _check_size(network)
    chain = fold(network, INPUT_SIZE)
    found = match(chain)
    usual = DEFAULT_PIXELS.get(found.network.id, MOBILENET_PIXELS)
    offset, scale = _pixels(chain, network.pixels or facts.pixels, usual)
    preprocessing = Preprocessing(offset=offset, scale=scale, crop_fraction=facts.crop_fraction)
    return parsed_match(found, path, labels, facts, preprocessing)


def parsed_match(
    found: Match, path: Path, labels: Path | None, facts: FileFacts, preprocessing: Preprocessing
) -> ParsedModel:
    """A matched network with its labels and names."""
    outputs = len(found.head_layers[-1][1])
    return ParsedModel(
        name=facts.name or (path.name if path.is_dir() else path.stem),
        architecture=found.network.id,
        alpha=found.network.alpha,
        preprocessing=preprocessing,
        arrays=found.arrays,
        head_layers=found.head_layers,
        labels=choose_labels(outputs, path, labels, facts.labels),
        made="imported",
        source=facts.notes.get("source", path.name),
        licence=facts.notes.get("licence", LICENCE),
    )


def _check_size(network: ForeignNetwork) -> None:
    if any(size not in (None, INPUT_SIZE) for size in network.size):
        height, width = network.size
        raise Unfit(f"it takes pictures of {width} by {height} pixels, not {INPUT_SIZE} by {INPUT_SIZE}")


def _pixels(
    chain: Chain, known: tuple[float, float] | None, usual: tuple[float, float]
) -> tuple[float, float]:
    """(offset, scale) of x = (pixel - offset) / scale for the first convolution.

    `known` is what the network is fed with, where the file tells. Without that, one that rescales by itself
    (y = a x + b) is fed with pixels, or with 0..1 where a is too large for that; the two steps become one.
    """
    if chain.rescaled is None:
        offset, scale = known or usual
        return round(offset, DECIMALS), round(scale, DECIMALS)
    factor, shift = chain.rescaled
    if factor <= 0:
        raise Unfit("it turns bright into dark before it looks")
    offset, scale = known or ((0.0, BYTE) if factor > UNIT_INPUT else (0.0, 1.0))
    return round(offset - shift * scale / factor, DECIMALS), round(scale / factor, DECIMALS)
