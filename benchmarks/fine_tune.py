"""Whether training the last blocks of the network beats the head alone on few photographs.

    python3 build_scripts/dev.py bench fine_tune [--splits 3] [--mode full] [--passes 20] [--embeddings FILE]

Learns the ten groups of ../shared/images/groups (150 photographs, every picture another species), a third
held out and stratified, over the splits. Each split is a job as the app makes it, with the squares as a page
keeps them (224 pixels, JPEG), carried out by the app's own child process with TensorFlow: the seconds are of
all of it, from its start to the checked candidate on the disk. Beside it the head alone on the same split,
and a head that has learned from the mirrored pictures, too. Prints one line of JSON; exit status 1 where a
target is missed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, get_args

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks._learning_data import GROUPS, Array, Labels, Photographs, photographs, thirds
from store.local.learning.run_forms import Mode, TrainingOptions
from store.models.adding import add_sets
from store.models.agreement import embeddings
from store.models.arrays import save
from store.models.parsed import ParsedModel
from store.models.preprocessing import pixels_of_file
from store.models.starter import load_starter
from store.models.training_component import child_environment
from store.training.heads.choosing import stratified_folds
from store.training.heads.fitting import fit_head
from store.training.runs.job import Job, JobFolder, Report, write_json
from store.training.runs.modes import command_of

MOST_SECONDS = 600.0
HELD, WATCHED = 2, 1  # sides


def fill(folder: JobFolder, job: Job, given: Photographs, squares: list[bytes], held: Labels) -> None:
    """Puts into the folder what the app would."""
    sides = np.zeros(len(given.labels), np.uint8)
    sides[held] = HELD
    learned = np.flatnonzero(sides == 0)
    folds = stratified_folds(given.labels[learned], 5, np.random.default_rng(job.options.seed))
    sides[learned[folds == 0]] = WATCHED
    folder.crops.mkdir(parents=True)
    for number, square in enumerate(squares):
        (folder.crops / f"{number + 1}.jpg").write_bytes(square)
    arrays: dict[str, Any] = {
        "embeddings": given.embeddings.astype(np.float16).astype(np.float32),
        "labels": given.labels.astype(np.int32),
        "sides": sides,
        "pictures": np.arange(1, len(sides) + 1),
        "confidence": np.ones(len(sides), np.float32),
    }
    save(arrays, folder.examples)
    write_json(folder.labels, given.names)
    write_json(folder.job, job)


def square(pixels: NDArray[np.uint8]) -> bytes:
    """What a network looked at [size, size, 3], as a page keeps it."""
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "JPEG", quality=92)
    return made.getvalue()


def trained(folder: JobFolder, job: Job) -> dict[str, Any]:
    """What the child came to, with its seconds; its passes are shown."""
    started = time.perf_counter()
    environment = child_environment(folder.path) | {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        command_of(job.mode, folder.path),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise SystemExit("The child has no pipes.")
        child.stdin.write(b"\n")
        child.stdin.flush()
        for line in child.stdout:
            _show(msgspec.json.decode(line, type=Report), time.perf_counter() - started)
        child.wait()  # before its standard input is closed, which would end it
    if child.returncode != 0:
        raise SystemExit(f"The child ended with {child.returncode}.")
    return {**folder.read_result().metrics, "seconds": time.perf_counter() - started}


def _show(report: Report, seconds: float) -> None:
    if report.epoch is not None or report.sentence or report.failure:
        print(f"{seconds:6.1f} s  {report.epoch or report.failure or report.sentence}", flush=True)


def heads(
    given: Photographs, mirrored: Array, learned: Labels, held: Labels, seed: int
) -> tuple[float, float]:
    """The accuracy of the head alone, and of one that learned from the mirrored pictures, too.

    A picture and its mirror image are one example with the mean of both embeddings, so that they are never
    on two sides of a fold.
    """
    both: Array = (given.embeddings + mirrored) / np.float32(2)
    found = [
        fit_head(seen[learned], given.labels[learned], given.names, seed=seed)
        for seen in (given.embeddings, both)
    ]
    said = [head.logits(given.embeddings[held]).argmax(axis=1) == given.labels[held] for head in found]
    return float(said[0].mean()), float(said[1].mean())


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures, as means over the splits."""
    starter = load_starter()
    given = photographs(starter, arguments.groups, arguments.embeddings)
    pixels = np.stack([pixels_of_file(file, starter.preprocessing) for file in given.files])
    squares = [square(one) for one in pixels]
    mirrored = embeddings(starter, starter.arrays, pixels[:, :, ::-1])
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        models = Path(scratch) / "models"
        ids = _models(models, starter)
        for number, (learned, held) in enumerate(thirds(given.labels, arguments.splits)):
            folder = JobFolder(Path(scratch) / f"split-{number}")
            options = TrainingOptions(seed=number, most_epochs=arguments.passes, least_examples=2)
            job = Job("bench", arguments.mode, "mine", options, *ids, models=str(models))
            fill(folder, job, given, squares, held)
            rows.append(_row(trained(folder, job), heads(given, mirrored, learned, held, number)))
            print(json.dumps(rows[-1]), flush=True)
    return {key: round(float(np.mean([row[key] for row in rows])), 4) for key in rows[0]} | {
        "splits": len(rows),
        "most_seconds": round(max(row["seconds"] for row in rows), 1),
        "load": os.getloadavg()[0],
    }


def _models(models: Path, starter: ParsedModel) -> tuple[str, str, str]:
    """Puts the starter there; the ids of its space, backbone and head."""
    version = add_sets(models, starter, (), lambda _sentence, _done: None, 0)
    return version.space_id, version.backbone_id, version.head_id


def _row(metrics: dict[str, Any], alone: tuple[float, float]) -> dict[str, float]:
    gates = {gate["name"]: gate["passed"] for gate in metrics["gates"]}
    return {
        "head_accuracy": alone[0],
        "head_mirrored_accuracy": alone[1],
        "accuracy": metrics["accuracy"]["value"],
        "passes": metrics["tuning"]["passes"],
        "numbers_agree": float(
            all(gates.get(name, True) for name in ("files", "parity", "conversion", "space"))
        ),
        "seconds": metrics["seconds"],
    }


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Fine-tuning against the head alone.")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument(
        "--mode", choices=[mode for mode in get_args(Mode) if mode != "head"], default="fine-tune"
    )
    parser.add_argument("--passes", type=int, default=TrainingOptions().most_epochs)
    parser.add_argument("--groups", type=Path, default=GROUPS, help="a folder of folders of photographs")
    parser.add_argument(
        "--embeddings", type=Path, help="a .npy file to keep them in, and to use if it is there"
    )
    found = measure(parser.parse_args())
    print(json.dumps(found))
    return int(found["most_seconds"] > MOST_SECONDS or found["numbers_agree"] < 1)


if __name__ == "__main__":
    sys.exit(main())
