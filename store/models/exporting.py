"""Writes a model version into a folder of the user's, reads it again, and says how true it is.

Every form has labels.txt and MODEL_CARD.md; those without TensorFlow also whimbrel.json (architecture,
preprocessing, labels, where it came from), with which they can be imported again. What came out is loaded
again and answers pictures before the folder gets its name: another answer than numpy's, and there is none.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from store.events import ModelVersion
from store.models import fidelity
from store.models.arrays import Array, head_arrays, head_layers, save
from store.models.backbone_set import BackboneSet, load_backbone
from store.models.errors import ModelError
from store.models.export_child import ToWrite, Written, write_with_training_component
from store.models.export_forms import NEED_TENSORFLOW, ExportOptions, check_options
from store.models.exported_files import DESCRIPTION, LABELS, WEIGHTS
from store.models.fidelity import Answers, Fidelity, Pictures
from store.models.head_set import HeadSet, load_head
from store.models.pruning import pruned
from store.models.quantisation import quantise
from store.models.sizes import Size, size_of
from store.models.teachable import write_project
from store.models.tfjs_export import cooled, write_graph, write_json
from store.models.topology import graph_model, stored_as

CARD = "MODEL_CARD.md"
_ENOUGH = 8  # pictures, to see that the same numbers come out
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Subject:
    """A version with its parts, as they were read."""

    version: ModelVersion
    backbone: BackboneSet = field(repr=False)
    head: HeadSet = field(repr=False)

    @property
    def labels(self) -> list[str]:
        """The labels' names."""
        return [label.name for label in self.head.labels]

    def answers(self, pictures: Pictures, tell: Callable[[float], None]) -> Answers:
        """What numpy answers."""
        return fidelity.answers(self.backbone, self.head, pictures.pixels, tell)


@dataclass(frozen=True)
class Exported:
    """What was written: every file, its size, how true it is, and what its writer knows of it.

    `size` is without the card and the labels; `representative` says on what the ranges of 8-bit numbers were
    found.
    """

    options: ExportOptions
    folder: Path
    files: list[Path]
    size: Size
    fidelity: Fidelity
    representative: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """Pictures to measure on, and representative ones to find the ranges of 8-bit values on."""

    measured: Pictures
    representative: Pictures


def subject(models: Path, version: ModelVersion) -> Subject:
    """Reads a version's parts, with the weights that it answers with: those of its variant.

    Raises ModelError where they are missing or damaged.
    """
    backbone = load_backbone(models, version.backbone_id)
    if version.variant != "float32":
        arrays = graph_model(backbone.network, backbone.arrays, version.variant).arrays
        backbone = replace(backbone, arrays=arrays)
    return Subject(version, backbone, load_head(models, version.head_id))


def export(
    given: Subject,
    options: ExportOptions,
    folder: Path,
    seen: Seen,
    *,
    card: Callable[[Exported], str],
    progress: Progress,
) -> Exported:
    """Writes a version into `folder`, which is made or empty, with the card that `card` writes of it.

    What `progress` raises ends the work. Raises ModelError; then the folder is as it was.
    """
    check_options(options)
    try:
        with _becoming(folder) as partial:
            found = _fill(given, options, partial, seen, progress)
            (partial / CARD).write_text(card(replace(found, folder=folder)), encoding="utf-8")
            _into_place(partial, folder)
    except OSError as error:
        raise ModelError(
            f"“{folder}” could not be written ({error.strerror or error}).", "Choose another folder."
        ) from error
    return replace(found, folder=folder, files=sorted(path for path in folder.rglob("*") if path.is_file()))


def _fill(given: Subject, options: ExportOptions, folder: Path, seen: Seen, progress: Progress) -> Exported:
    """Writes the form, loads it again and holds it against the version."""
    if not options.is_lossy:
        seen = replace(seen, measured=seen.measured.first(_ENOUGH))
    own = given.answers(seen.measured, _part(progress, "Answering pictures as the version does.", 0.0, 0.25))
    smaller = _pruned(given, options.prune)
    wanted = own
    if options.is_exact and options.is_lossy:
        restored = _restored(smaller, options)
        wanted = restored.answers(seen.measured, _part(progress, "Making it smaller.", 0.25, 0.4))
    written = _written(smaller, options, folder, seen, progress)
    if options.is_exact:
        _check_same(written.answers, wanted)
    size = size_of(folder)
    _write_labels(folder, given.head)
    found = fidelity.fidelity(written.answers, own, seen.measured)
    return Exported(options, folder, [], size, found, seen.representative.on, written.facts)


def _written(given: Subject, options: ExportOptions, folder: Path, seen: Seen, progress: Progress) -> Written:
    """Writes the form; what it answers when it is loaded again."""
    if options.form in NEED_TENSORFLOW:
        tell = _part(progress, "TensorFlow writes the model.", 0.4, 0.95)
        what = ToWrite(options, given.backbone, given.head, seen.measured, seen.representative)
        return write_with_training_component(folder, what, tell)
    progress("Writing the model.", 0.4)
    _write_light(folder, given, options)
    tell = _part(progress, "Loading it again.", 0.5, 0.95)
    return Written(_answers_again(folder, seen.measured, tell), {})


def _write_light(folder: Path, given: Subject, options: ExportOptions) -> None:
    backbone, head, version = given.backbone, given.head, given.version
    if options.form == "tfjs":
        write_graph(folder, backbone, head, options.quantise or "float32")
    elif options.form == "teachable-machine":
        made_at = datetime.fromtimestamp(version.created_at / 1000, UTC).isoformat(timespec="seconds")
        write_project(folder, version.name, backbone, head, made_at)
    else:
        save({**backbone.arrays, **head_arrays(head.layers)}, folder / WEIGHTS)
    write_json(folder / DESCRIPTION, _description(given))


def _answers_again(folder: Path, pictures: Pictures, tell: Callable[[float], None]) -> Answers:
    """Of what lies in the folder, read as any other model is."""
    from store.models.importing import import_file  # noqa: PLC0415 - every reader

    parsed = import_file(folder)
    layers, labels = list(parsed.head_layers), tuple(parsed.labels)
    head = HeadSet("", parsed.temperature, layers, labels, parsed.head_input)
    backbone = BackboneSet(parsed.network, parsed.preprocessing, dict(parsed.arrays), {})
    return fidelity.answers(backbone, head, pictures.pixels, tell)


def _check_same(found: Answers, wanted: Answers) -> None:
    apart = fidelity.relative(found.probabilities, wanted.probabilities)
    if not apart <= fidelity.MOST_DIFFERENCE:
        raise ModelError(
            f"What was written gives other answers than the version (apart by {100 * apart:.2g} %).",
            "Nothing was left of it. Please report this, with the network and the form.",
        )


def _pruned(given: Subject, share: float) -> Subject:
    backbone = given.backbone
    arrays = pruned(backbone.network, backbone.arrays, share)
    return replace(given, backbone=replace(backbone, arrays=arrays))


def _restored(given: Subject, options: ExportOptions) -> Subject:
    """With the weights that a reader of the quantised file computes with."""
    variant = options.quantise
    if variant is None:
        return given

    def restored(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {key: quantise(array, stored_as(key, variant)).restored() for key, array in arrays.items()}

    head, backbone = given.head, given.backbone
    layers = head_layers(restored(head_arrays(cooled(head))))
    return replace(
        given,
        backbone=replace(backbone, arrays=restored(backbone.arrays)),
        head=replace(head, layers=layers, temperature=1.0),
    )


def _part(progress: Progress, sentence: str, first: float, last: float) -> Callable[[float], None]:
    """Progress 0..1 of one step as that of the whole."""
    return lambda done: progress(sentence, first + (last - first) * done)


@contextlib.contextmanager
def _becoming(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is wanted, which must not hold anything yet."""
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"“{folder}” is there already and is not an empty folder.", "Choose another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _into_place(partial: Path, folder: Path) -> None:
    """Gives the whole folder its name. One that was filled meanwhile stays: no rename replaces it."""
    partial.chmod(0o755)
    if folder.is_dir():
        folder.rmdir()
    partial.rename(folder)


def _description(given: Subject) -> dict[str, Any]:
    version, backbone, head = given.version, given.backbone, given.head
    return {
        "schema": 1,
        "version": version.id,
        "name": version.name,
        "architecture": backbone.network.id,
        "alpha": backbone.network.alpha,
        "preprocessing": backbone.preprocessing.to_json(),
        "temperature": head.temperature,
        "input": head.input,
        "labels": [{"name": label.name, "synonyms": list(label.synonyms)} for label in head.labels],
        "source": version.source,
        "licence": version.licence,
    }


def _write_labels(target: Path, head: HeadSet) -> None:
    text = "".join(f"{label.name}\n" for label in head.labels)
    (target / LABELS).write_text(text, encoding="utf-8")
