"""The last stage of a training: its candidate becomes a version, with its lineage, in one transaction."""

from __future__ import annotations

from store.events import ModelVersion
from store.local.connection import LocalDatabase
from store.local.learning import lineage
from store.local.learning.example_forms import LineageRow
from store.local.learning.run_forms import TrainingRun, changed
from store.local.learning.runs import RunStore
from store.local.model_versions import insert_version
from store.models.registry import ModelRegistry
from store.models.version_names import version_id
from store.training.runs.job import JobFolder, Result


def register(
    folder: JobFolder, run: TrainingRun, registry: ModelRegistry, runs: RunStore, now_ms: int
) -> TrainingRun:
    """Takes the candidate over; the run as it then is, done. Raises ModelError, OSError and StoreError: then
    there is no such version, and the same may be tried again."""
    result = folder.read_result()
    parent = registry.find(run.parent_version or "")
    ended: list[TrainingRun] = []

    def insert(version: ModelVersion) -> None:
        done = _done(run, version, result, now_ms)
        rows = [LineageRow(each.picture, each.side, each.label) for each in result.lineage]

        def write(db: LocalDatabase) -> None:
            insert_version(db, version)
            lineage.keep(db.connection(), version.id, rows)

        runs.save(done, write)
        ended.append(done)

    registry.adopt(folder.candidate, _version(run, parent, result, now_ms), insert)
    return ended[0]


def _version(run: TrainingRun, parent: ModelVersion, result: Result, now_ms: int) -> ModelVersion:
    name = f"Learned from {result.pictures:,} pictures"
    kept = {"variants": parent.metrics["variants"]} if _same_backbone(parent, result) else {}
    return ModelVersion(
        id=version_id(name, result.backbone_id, result.head_id),
        name=name,
        architecture=parent.architecture,
        alpha=parent.alpha,
        backbone_id=result.backbone_id,
        head_id=result.head_id,
        space_id=result.space_id,
        variant=parent.variant,
        state="candidate",
        made="trained",
        source=f"trained here, from {parent.name}",
        licence=parent.licence,
        label_count=result.label_count,
        created_at=now_ms,
        parent_id=parent.id,
        metrics={**kept, "run": run.id, **result.metrics},
    )


def _same_backbone(parent: ModelVersion, result: Result) -> bool:
    return parent.backbone_id == result.backbone_id and "variants" in parent.metrics


def _done(run: TrainingRun, version: ModelVersion, result: Result, now_ms: int) -> TrainingRun:
    return changed(
        run,
        state="done",
        stage="register",
        version=version.id,
        progress=1.0,
        seconds_left=None,
        ended_at=now_ms,
        sentence=f"{version.name}: {_accuracy(result)}",
        advice=str(result.metrics.get("note", "")),
    )


def _accuracy(result: Result) -> str:
    found = result.metrics.get("accuracy") or {}
    n = found.get("n") or 0
    if not n or found.get("value") is None:
        return "none was held back to check it on."
    value, low, high = (round(100 * found[key]) for key in ("value", "low", "high"))
    return f"right for {value} % of {n:,} pictures held back, likely {low}-{high} %."
