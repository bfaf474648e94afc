"""How good and how fast a head is that the app trains, against scikit-learn's logistic regression.

    python3 build_scripts/dev.py bench learning [--splits 10] [--embeddings FILE] [--live-runs 3]
    python3 build_scripts/dev.py bench learning --only-live

Learns the ten groups of ../shared/images/groups (150 photographs, every picture another species) from the
starter's embeddings, a stratified third held out, over the splits, and beside it on the same splits
LogisticRegression(class_weight="balanced") on normalised embeddings; `reference_best_accuracy` is its best
over five strengths of regularisation, chosen afterwards on what is scored. The calibration error is that of
all answers held out together, 15 bins of equal mass, the temperature from answers out of fold on the learning
side. Then candidates are made worse on purpose. `fit_seconds` is 5,000 × 1280 made embeddings of 20 labels,
fitted and judged, without a page. `seconds_to_live` is as many of them in the memory of a real server, from
`POST /api/training` until the version, gates and all, answers in a real Chromium that has the starter at
work; `swap_ms` is what the page itself measured of the change; both are medians, and where the seconds went
is printed beside the load. Computing the embeddings of the photographs takes about half a minute on a quiet
machine; `--embeddings` names a file to keep them in. Prints one line of JSON; exit status 1 where a target
is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np

from benchmarks._learning_bad import Answers, refusals
from benchmarks._learning_data import GROUPS, Labels, Photographs, many, photographs, thirds
from benchmarks._learning_live import time_to_live
from store.models.head_set import HeadSet, write_head
from store.models.labels import Label
from store.models.network import unit
from store.models.starter import load_starter
from store.training.gates.judging import judge
from store.training.heads.calibration import expected_calibration_error
from store.training.heads.fitting import FittedHead, fit_head

MOST_ECE, MOST_BYTES, WITHIN = 0.05, 60_000, 0.01
MOST_SECONDS, MOST_SWAP_MS = 5.0, 500.0
STRENGTHS = (1.0, 0.1, 0.3, 10.0, 100.0)  # the first is scikit-learn's own


def accuracies(given: Photographs, splits: int) -> dict[str, float]:
    """Ours and the reference's, as means over the splits, and the calibration error of all answers."""
    ours, theirs, probabilities, truth = [], [], [], []
    for number, (train, held) in enumerate(thirds(given.labels, splits)):
        head = fit_head(given.embeddings[train], given.labels[train], given.names, seed=number)
        probabilities.append(head.probabilities(given.embeddings[held]))
        truth.append(given.labels[held])
        ours.append(_scores(probabilities[-1].argmax(axis=1), truth[-1]))
        theirs.append([_scores(_reference(given, train, held, c), truth[-1]) for c in STRENGTHS])
    accuracy, balanced = np.mean(ours, axis=0)
    reference = np.mean(theirs, axis=0)
    return {
        "accuracy": float(accuracy),
        "reference_accuracy": float(reference[0, 0]),
        "reference_best_accuracy": float(reference[:, 0].max()),
        "balanced_accuracy": float(balanced),
        "reference_balanced_accuracy": float(reference[0, 1]),
        "ece": expected_calibration_error(np.concatenate(probabilities), np.concatenate(truth)),
        "answers": sum(map(len, truth)),
    }


def _reference(given: Photographs, train: Labels, held: Labels, strength: float) -> Labels:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    inputs = unit(given.embeddings)
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=5000)
    said: Labels = model.fit(inputs[train], given.labels[train]).predict(inputs[held])
    return said


def _scores(said: Labels, truth: Labels) -> tuple[float, float]:
    """The share right, and its mean over the labels."""
    right = said == truth
    return float(right.mean()), float(np.mean([right[truth == label].mean() for label in np.unique(truth)]))


def head_bytes(head: FittedHead) -> int:
    """What the head takes on the disk and over the wire, both files."""
    with tempfile.TemporaryDirectory() as folder:
        labels = tuple(Label(name) for name in head.labels)
        head_set = HeadSet("0" * 64, head.temperature, head.layers, labels, head.input)
        written = Path(folder) / write_head(Path(folder), head_set)
        return sum(file.stat().st_size for file in written.iterdir())


def fit_seconds() -> dict[str, float]:
    """Seconds, and of the processor, to fit and judge 5,000 × 1280 of 20 labels, and how good that is."""
    embeddings, labels = many(6000, 1280, 20, seed=1)
    names = [f"label {number}" for number in range(20)]
    started, busy = time.perf_counter(), time.process_time()
    head = fit_head(embeddings[:5000], labels[:5000], names, seed=0)
    said = Answers(head.labels, head.logits(embeddings[5000:]).argmax(axis=1))
    judge(said, said, [names[label] for label in labels[5000:]], np.arange(1000), seed=0)
    return {
        "fit_seconds": time.perf_counter() - started,
        "fit_cpu_seconds": time.process_time() - busy,
        "fit_accuracy": float(np.mean(said.places == labels[5000:])),
    }


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    starter = load_starter()
    given = photographs(starter, arguments.groups, arguments.embeddings)
    found: dict[str, Any] = accuracies(given, arguments.splits)
    train, held = next(thirds(given.labels, 1))
    refused = dict(refusals(given, starter, train, held))
    for done, was in refused.items():
        print(f"{'refused' if was else 'LET THROUGH'}: {done}", flush=True)
    found["head_bytes"] = head_bytes(
        fit_head(given.embeddings[train], given.labels[train], given.names, seed=0)
    )
    found |= fit_seconds() | time_to_live(arguments.live_runs)
    found["load"] = os.getloadavg()[0]
    return found | {"bad_candidates_refused": sum(refused.values()), "bad_candidates": len(refused)}


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Heads that the app trains, against scikit-learn's.")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--groups", type=Path, default=GROUPS, help="a folder of folders of photographs")
    parser.add_argument(
        "--embeddings", type=Path, help="a .npy file to keep them in, and to use if it is there"
    )
    parser.add_argument("--live-runs", type=int, default=3, help="trainings with a server and a page")
    parser.add_argument("--only-live", action="store_true", help="nothing but these")
    arguments = parser.parse_args()
    found = time_to_live(arguments.live_runs) if arguments.only_live else measure(arguments)
    print(json.dumps({key: round(value, 4) for key, value in found.items()}))
    return int(not (_is_live_in_time(found) and (arguments.only_live or _is_good(found))))


def _is_live_in_time(found: dict[str, Any]) -> bool:
    return bool(found["seconds_to_live"] <= MOST_SECONDS and found["swap_ms"] <= MOST_SWAP_MS)


def _is_good(found: dict[str, Any]) -> bool:
    return bool(
        found["accuracy"] >= found["reference_accuracy"] - WITHIN
        and found["ece"] <= MOST_ECE
        and found["head_bytes"] <= MOST_BYTES
        and found["bad_candidates_refused"] == found["bad_candidates"]
    )


if __name__ == "__main__":
    sys.exit(main())
