"""Are the candidate's files whole, and do they give the numbers that training had?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.models.backbone_set import load_backbone
from store.models.errors import ModelError
from store.models.head_set import HeadSet, check_head, load_head
from store.models.network import head_forward
from store.models.set_files import BACKBONE_DESCRIPTION, HEAD_DESCRIPTION, backbone_identity, head_identity
from store.models.set_folder import identity_hash, problems
from store.training.gates.gate import Gate

Floats = NDArray[np.floating]

MOST_DIFFERENCE = 1e-3  # of the largest number
MOST_DEVIATION = 0.27  # of an embedding's length
_SHOWN = 1e-5  # the least share that is told as a figure
_TINY = np.finfo(np.float64).tiny


def files_gate(models: Path, head_id: str, backbone_id: str | None, embedding_size: int) -> Gate:
    """Every file has the hash that it was written with, every array its shape, every number is one.

    `backbone_id` is of a new network, None where that stays as it is.
    """
    found = list(
        problems(models / head_id, HEAD_DESCRIPTION, lambda told: identity_hash(head_identity(told)))
    )
    if backbone_id is not None:
        folder = models / backbone_id
        found += problems(folder, BACKBONE_DESCRIPTION, lambda told: identity_hash(backbone_identity(told)))
    if not found:
        try:
            head = load_head(models, head_id)
            check_head(head.layers, head.labels, head.temperature, embedding_size)
            if backbone_id is not None:
                load_backbone(models, backbone_id)
        except ModelError as error:
            found = [error.sentence]
    if found:
        return Gate("files", False, f"Its files are damaged: {found[0]}")
    return Gate("files", True, "Nothing in them is damaged or missing.")


def parity_gate(head: HeadSet, embeddings: Floats, learned: Floats) -> Gate:
    """The head as it was written gives the probabilities [h, k] that training `learned`.

    `embeddings` are [h, d]. Two computations of the file are held against each other and against training:
    float32 as the app does, and float64 written down in another way.
    """
    ours = head_forward(head.layers, np.asarray(embeddings, np.float32), head.temperature, head.input)
    if ours.shape != learned.shape:
        return Gate("parity", False, "The file's labels are not those that were learned.")
    other = _in_float64(head, embeddings)
    figure = max(_relative(ours, other), _relative(ours, learned))
    return _held("parity", figure, MOST_DIFFERENCE, "The file's answers", "those that were learned")


def network_parity_gate(numpy_embeddings: Floats, framework_embeddings: Floats) -> Gate:
    """A new network gives in numpy the embeddings [m, d] that the framework which trained it gives."""
    figure = _relative(numpy_embeddings, framework_embeddings)
    return _held("parity", figure, MOST_DIFFERENCE, "The network's numbers", "those of TensorFlow")


def space_gate(stored: Floats, reproduced: Floats) -> Gate:
    """The network, with its own preprocessing, gives again the embeddings [m, d] that were learned from.

    Of pictures whose embeddings are `stored`; the figure is the median over them of |difference| / |stored|.
    Measured on the starter: a crop kept as JPEG deviates by 0.19 and the uint8 variant by 0.15, a picture
    that was not cropped by 0.32, pixels scaled as another network wants them by 0.39 and more.
    """
    if len(stored) == 0:
        return Gate("space", None, "No picture was kept to see whether the network still gives its numbers.")
    lengths = np.maximum(np.linalg.norm(stored, axis=1), _TINY)
    figure = float(np.median(np.linalg.norm(np.subtract(reproduced, stored), axis=1) / lengths))
    return _held(
        "space", figure, MOST_DEVIATION, "What the network sees in pictures", "what was learned from"
    )


def _held(name: str, figure: float, limit: float, subject: str, other: str) -> Gate:
    """Not a number fails."""
    passed = bool(figure <= limit)
    relation = "agrees with" if subject.startswith("What") else "agree with"
    apart = "is not" if subject.startswith("What") else "are not"
    told = f"{subject} {relation} {other}" if passed else f"{subject} {apart} {other}"
    return Gate(name, passed, f"{told} (apart by {_percent(figure)}).", figure, limit)


def _percent(figure: float) -> str:
    """A share for people: what is smaller than anybody cares for is only said to be."""
    return "less than 0.001 %" if figure < _SHOWN else f"{100 * figure:.2g} %"


def _in_float64(head: HeadSet, embeddings: Floats) -> Floats:
    """The head once more: sums written as einsum, the norm as a square root of a sum, scipy's softmax."""
    from scipy.special import softmax  # noqa: PLC0415

    values = np.asarray(embeddings, np.float64)
    if head.input == "unit":
        values = values / np.maximum(np.sqrt(np.einsum("nd,nd->n", values, values)), _TINY)[:, np.newaxis]
    for index, (kernel, bias) in enumerate(head.layers):
        values = np.einsum("nd,dk->nk", values, kernel.astype(np.float64), optimize=True) + bias
        if index + 1 < len(head.layers):
            values = np.where(values > 0, values, 0)
    return np.asarray(softmax(values / head.temperature, axis=1))


def _relative(found: Floats, wanted: Floats) -> float:
    """The largest difference over the largest magnitude of what is wanted; 0 for nothing."""
    if wanted.size == 0:
        return 0.0
    return float(np.abs(found - wanted).max() / max(np.abs(wanted).max(), _TINY))
