"""Trains a head at a collector: of what its devices agreed to share, from one of its models to another."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from store.collector.lessons import Lesson, lessons, unlabelled
from store.collector.models import KeptModel
from store.collector.service import Collector
from store.events import ModelVersion
from store.local.learning.collecting import matrix
from store.local.learning.example_forms import SIDES, ExampleSet, LabelCount, NoneCount
from store.local.learning.example_rows import Facts
from store.local.learning.near import units
from store.local.learning.run_forms import TrainingRequest
from store.local.learning.sides import place
from store.models.version_names import version_id
from store.releases.making import MANIFEST, Terms, make
from store.training.runs.collect import BACKGROUND, collect
from store.training.runs.job import Job, JobFolder, Report, Result
from store.training.runs.stages import go
from store.training.runs.telling import Tell

_YEAR_MS = 365 * 24 * 3_600_000
Told = Callable[[str, float], None]


class SharedExamples:
    """The examples of a collector, as a training reads them. Sides follow from the pictures' hashes.

    `unsaid` are the embeddings of pictures about which nobody said anything.
    """

    def __init__(self, found: Sequence[Lesson], unsaid: Sequence[bytes]) -> None:
        lengths = Counter(len(each.embedding) for each in found)
        usual = max(lengths, key=lambda length: lengths[length], default=0)
        self._found = [each for each in found if len(each.embedding) == usual]
        self._unsaid = [each for each in unsaid if len(each) == usual]

    def counted(self, space_id: str | None) -> tuple[list[LabelCount], NoneCount]:  # noqa: ARG002 - of one space
        """How many pictures each label has, and how many are "none of these"."""
        counts = Counter(each.label for each in self._found)
        nothing = counts.pop(None, 0)
        named = [LabelCount(label, n, 0, n, 0) for label, n in counts.items() if label is not None]
        return named, NoneCount(nothing, nothing, 0)

    def collect(self, space_id: str) -> ExampleSet:  # noqa: ARG002
        """All of them; pictures are numbered from 1 in the order of their hashes."""
        numbers = list(range(1, len(self._found) + 1))
        embeddings = matrix([each.embedding for each in self._found])
        facts = {
            number: Facts(each.picture, each.captured_at)
            for number, each in zip(numbers, self._found, strict=True)
        }
        placed = place(numbers, units(embeddings), facts, {})
        return ExampleSet(
            pictures=np.array(numbers, np.int64),
            labels=[each.label for each in self._found],
            confidence=np.ones(len(numbers), np.float32),
            embeddings=embeddings,
            sides=np.array([SIDES.index(placed[number].side) for number in numbers], np.uint8),
        )

    def background(self, space_id: str, limit: int) -> NDArray[np.float32]:  # noqa: ARG002
        """Embeddings of pictures about which nobody said anything."""
        return matrix(self._unsaid[:limit])

    def crops(self, pictures: Iterable[int]) -> dict[int, bytes]:  # noqa: ARG002
        """None: a head needs no squares."""
        return {}


def train(
    collector: Collector, parent: KeptModel, request: TrainingRequest, told: Told, who: str
) -> tuple[KeptModel, Result]:
    """Learns a head over the network of `parent` and keeps it as a model of the collector.

    Raises CannotTrain for too few pictures, ModelError, CollectorError and OSError.
    """
    with tempfile.TemporaryDirectory(prefix="whimbrel-train-") as made:
        folder, models = JobFolder(Path(made) / "job"), Path(made) / "models"
        folder.path.mkdir()
        collector.models.lay_out(parent, models)
        job = _job(parent, request, models)
        found = lessons(collector.database, job.space_id)
        unsaid = unlabelled(collector.database, job.space_id, BACKGROUND)
        collect(folder, job, SharedExamples(found, unsaid))
        go(folder, Tell(lambda report: _tell(told, report)))
        return _keep(collector, parent, folder, models, who), folder.read_result()


def _job(parent: KeptModel, request: TrainingRequest, models: Path) -> Job:
    of = parent.manifest
    return Job(
        run_id="collector",
        mode="head",
        label_mode=request.label_mode,
        options=request.options,
        space_id=of.space_id,
        backbone_id=of.backbone_id,
        head_id=of.head_id,
        models=str(models),
    )


def _tell(told: Told, report: Report) -> None:
    if report.sentence or report.progress is not None:
        told(report.sentence, report.progress or 0.0)


def _keep(collector: Collector, parent: KeptModel, folder: JobFolder, models: Path, who: str) -> KeptModel:
    """Lays the new head beside the network, and makes a model of the two."""
    result = folder.read_result()
    (folder.candidate / result.head_id).replace(models / result.head_id)
    version = _version(parent.version(), result)
    now, draft = collector.clock.now_ms(), folder.path / "draft"
    terms = Terms(1, "head", now, _YEAR_MS, parent.manifest.app_version)
    make(models, version, terms, draft, told=version.metrics)
    return collector.models.add((draft / MANIFEST).read_bytes(), draft, who)


def _version(parent: ModelVersion, result: Result) -> ModelVersion:
    name = f"Learned from {result.pictures:,} shared pictures"
    kept = {name: value for name, value in result.metrics.items() if name != "wrong"}
    return structs.replace(
        parent,
        id=version_id(name, result.backbone_id, result.head_id),
        name=name,
        head_id=result.head_id,
        made="trained",
        source=f"trained at the collector, from {parent.name}",
        label_count=result.label_count,
        metrics=kept,
    )
