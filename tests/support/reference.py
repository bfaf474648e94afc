"""The numpy network on a data folder's model: the reference that the page is held to."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file

from store.models.architectures import architecture
from store.models.network import forward
from store.models.preprocessing import Preprocessing, preprocess


class Reference:
    """Answers for picture files by numpy alone, of the version in the given state."""

    def __init__(self, data_dir: Path, state: str = "active") -> None:
        with closing(sqlite3.connect(f"file:{data_dir}/whimbrel.sqlite3?mode=ro", uri=True)) as database:
            query = "SELECT backbone_id, head_id FROM model_version WHERE state = ?"
            backbone_id, head_id = database.execute(query, (state,)).fetchone()
        backbone = data_dir / "models" / backbone_id
        facts = json.loads((backbone / "backbone.json").read_text())
        self._architecture = architecture(facts["architecture"], facts["alpha"])
        self._arrays = load_file(backbone / "weights.safetensors")
        self._head = load_file(data_dir / "models" / head_id / "head.safetensors")
        given = facts["preprocessing"]
        self._preprocessing = Preprocessing(
            size=given["size"],
            crop_fraction=given["cropFraction"],
            resize=given["resize"],
            offset=given["offset"],
            scale=given["scale"],
        )
        head = json.loads((data_dir / "models" / head_id / "head.json").read_text())
        self.labels: list[str] = [label["name"] for label in head["labels"]]

    def embedding(self, file: Path) -> NDArray[np.float32]:
        """float32 [embedding size] of one picture file."""
        with Image.open(file) as image:
            batch = preprocess(image, self._preprocessing)[np.newaxis]
        embedding: NDArray[np.float32] = forward(self._architecture, self._arrays, batch)[1][0]
        return embedding

    def top1(self, file: Path) -> str:
        """The name of the label with the highest logit."""
        logits = self.embedding(file) @ self._head["dense_0/kernel"] + self._head["dense_0/bias"]
        return self.labels[int(np.argmax(logits))]
