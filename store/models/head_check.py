"""A head's logits for fixed embeddings, by numpy: what the page compares its own numbers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.models.errors import ModelError
from store.models.head_set import load_head
from store.models.network import head_logits
from store.models.set_files import HEAD_DESCRIPTION, head_identity
from store.models.set_folder import identity_hash, problems

Array = NDArray[np.float32]
CHECKS = 4


@dataclass(frozen=True)
class HeadCheck:
    """`logits` float32 [count, labels], not yet over the temperature, of the first `count` embeddings."""

    count: int
    logits: Array = field(repr=False)


def check_embeddings(count: int, size: int) -> Array:
    """float32 [count, size], half of it nought as in real embeddings; exact in float16.

    Noise of whole numbers under 2^53, so that JavaScript makes the same (src/engine/head-check.ts).
    """
    places = np.arange(count * size, dtype=np.int64)
    noise = (places * 1103515245 + 12345) % 2**31 // 65536 % 256
    return (np.maximum(noise - 128, 0) / np.float32(32)).astype(np.float32).reshape(count, size)


def head_check(models: Path, head_id: str) -> HeadCheck:
    """The check of a head set; raises ModelError where the set is missing or is not what was written."""
    wrong = next(problems(models / head_id, HEAD_DESCRIPTION, _identity), None)
    if wrong is not None:
        raise ModelError(f"The labels of this model cannot be used: {wrong}", "Fetch or import it again.")
    head = load_head(models, head_id)
    embeddings = check_embeddings(CHECKS, head.layers[0][0].shape[0])
    return HeadCheck(CHECKS, np.asarray(head_logits(head.layers, embeddings, head.input), dtype=np.float32))


def _identity(found: Mapping[str, Any]) -> str:
    return identity_hash(head_identity(found))
