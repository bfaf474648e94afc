"""The training component writes a version: TensorFlow in a process of its own, ended on request."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from store.frozen import how_to_install_trainer
from store.models.arrays import head_arrays, load, save
from store.models.backbone_set import BackboneSet
from store.models.errors import ModelError
from store.models.export_forms import ExportOptions
from store.models.fidelity import Answers, Pictures
from store.models.head_set import HeadSet
from store.models.training_component import child_environment, training_python

MODULE = "store.training.exports"
JOB, WEIGHTS, PICTURES = "job.json", "weights.safetensors", "pictures.safetensors"
ANSWERS, FACTS, PROGRESS = "answers.safetensors", "facts.json", "progress"
SECONDS = 1800.0
_POLL_S = 0.2


class ExportJob(msgspec.Struct, frozen=True, rename="camel"):
    """What the child is to write, and where; the arrays lie beside it."""

    options: ExportOptions
    target: str
    architecture: str
    alpha: float | None
    preprocessing: dict[str, Any]
    temperature: float
    input: str


@dataclass(frozen=True)
class ToWrite:
    """A version for the child: how, its parts, pictures to measure on and to find ranges of values on."""

    options: ExportOptions
    backbone: BackboneSet = field(repr=False)
    head: HeadSet = field(repr=False)
    measured: Pictures = field(repr=False)
    representative: Pictures = field(repr=False)


@dataclass(frozen=True)
class Written:
    """What the file answers when it is loaded again, and what its writer knows of it."""

    answers: Answers
    facts: Mapping[str, Any] = field(default_factory=dict)


def check_component() -> Path:
    """The interpreter that has TensorFlow; raises ModelError where there is none."""
    found = training_python()
    if found is None:
        raise ModelError(
            "Writing this form needs the training component, which is not installed.",
            f"{how_to_install_trainer()}, or export as tfjs or teachable-machine.",
        )
    return found


def write_with_training_component(target: Path, what: ToWrite, tell: Callable[[float], None]) -> Written:
    """Has TensorFlow write into the folder `target`; what `tell` raises ends it. Raises ModelError."""
    python = check_component()
    with tempfile.TemporaryDirectory(prefix="whimbrel-export-") as name:
        folder = Path(name)
        give(folder, target, what)
        _run([str(python), "-m", MODULE, str(folder)], folder, tell)
        return taken(folder)


def give(folder: Path, target: Path, what: ToWrite) -> None:
    """Puts a job into its folder."""
    network, preprocessing = what.backbone.network, what.backbone.preprocessing.to_json()
    save({**what.backbone.arrays, **head_arrays(what.head.layers)}, folder / WEIGHTS)
    pictures = {"measured": what.measured.pixels, "representative": what.representative.pixels}
    save(pictures, folder / PICTURES)
    job = ExportJob(
        what.options,
        str(target.absolute()),
        network.id,
        network.alpha,
        preprocessing,
        what.head.temperature,
        what.head.input,
    )
    (folder / JOB).write_bytes(msgspec.json.encode(job))


def taken(folder: Path) -> Written:
    """What the child left in its folder."""
    facts: dict[str, Any] = msgspec.json.decode((folder / FACTS).read_bytes(), type=dict[str, Any])
    return Written(Answers(None, load(folder / ANSWERS)["probabilities"]), facts)


def _run(command: list[str], folder: Path, tell: Callable[[float], None]) -> None:
    log = folder / "child.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module and a path
            command,
            env=child_environment(folder),
            cwd=folder,
            stdin=subprocess.PIPE,  # its end tells the child that we are gone
            stdout=subprocess.DEVNULL,
            stderr=output,
        )
    with process:
        try:
            _follow(process, folder / PROGRESS, tell)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise ModelError(
            f"TensorFlow could not write the model ({_last_line(log)}).",
            "Run `whimbrel doctor`, or choose another form.",
        )


def _follow(process: subprocess.Popen[bytes], progress: Path, tell: Callable[[float], None]) -> None:
    """Tells how far the child is, a few times a second, until it ends."""
    left = SECONDS
    while left > 0:
        tell(_done(progress))
        try:
            process.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            left -= _POLL_S
        else:
            return
    raise ModelError(
        "TensorFlow did not finish the model in half an hour.", "Try again when less is going on."
    )


def _done(progress: Path) -> float:
    """0..1, as the child has written it down."""
    with contextlib.suppress(OSError, ValueError):
        return float(progress.read_text("ascii"))
    return 0.0


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "without a word"
