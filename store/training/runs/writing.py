"""Writes a candidate in the registry's form, and checks what is then on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from store.models.backbone_set import backbone_id, load_backbone, write_backbone
from store.models.head_set import HeadSet, load_head, write_head
from store.models.parsed import ParsedModel
from store.training.gates.gate import Gate
from store.training.gates.numbers import files_gate, parity_gate
from store.training.runs.job import Job
from store.training.runs.learned import Array, Learned


@dataclass(frozen=True)
class Made:
    """What was written: ids of its parts, checks of the files, figures for the metrics."""

    backbone_id: str
    head_id: str
    space_id: str
    gates: Sequence[Gate]
    facts: dict[str, Any] = field(default_factory=dict)


def write_candidate(folder: Path, job: Job, learned: Learned, held_back: Array) -> Made:
    """Writes the sets into `folder`; `held_back` [h, d] are the embeddings of the pictures held back.

    Raises ModelError and OSError.
    """
    backbone, space, facts = job.backbone_id, job.space_id, {}
    if learned.backbone is not None:
        description = write_backbone(folder, _network(job, learned), (), lambda _sentence, _done: None)
        backbone, space = backbone_id(description), description["spaceId"]
        facts = {"variants": description["variants"]}
    head = HeadSet(space, learned.temperature, list(learned.layers), tuple(learned.labels), learned.input)
    head_id = write_head(folder, head)
    new = backbone if learned.backbone is not None else None
    seen = held_back if learned.embeddings is None else learned.embeddings
    return Made(backbone, head_id, space, list(_gates(folder, head_id, new, learned, seen)), facts)


def _network(job: Job, learned: Learned) -> ParsedModel:
    """The network at work with new arrays."""
    base = load_backbone(Path(job.models), job.backbone_id)
    return ParsedModel(
        name=base.description["name"],
        architecture=base.network.id,
        alpha=base.network.alpha,
        preprocessing=base.preprocessing,
        arrays=learned.backbone or {},
        head_layers=learned.layers,
        labels=learned.labels,
        made="trained",
        source=f"trained here, from {base.description['name']}",
        licence=base.description["licence"],
        temperature=learned.temperature,
        head_input=learned.input,
    )


def _gates(
    folder: Path, head_id: str, new_backbone: str | None, learned: Learned, embeddings: Array
) -> Iterator[Gate]:
    """Whether the files are whole, and give the numbers that training had."""
    files = files_gate(folder, head_id, new_backbone, embeddings.shape[1])
    yield files
    if files.passed:
        yield parity_gate(load_head(folder, head_id), embeddings, learned.probabilities())
