"""Models at a collector: handed in, trained there, and made into releases that somebody else signs."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import msgspec

from desktop.collect_database import collector_of, who
from desktop.errors import PlainError
from desktop.progress import shown
from desktop.release_commands import say_made, terms_of
from desktop.settings import Settings
from store.collector.models import KeptModel
from store.collector.service import Collector
from store.local.learning.run_forms import TrainingOptions, TrainingRequest
from store.models.gate_words import check_gates
from store.releases.making import make as make_folder
from store.releases.making import manifest_of


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    """List the models."""
    with collector_of(settings, chosen) as collector:
        found = collector.models.all()
    if chosen.json:
        print(msgspec.json.encode(found).decode())
        return 0
    for each in found:
        print(_line(each))
    if not found:
        print("There is none yet. Hand one in from a device with: whimbrel release upload VERSION")
    return 0


def _line(model: KeptModel) -> str:
    what = "labels alone" if model.manifest.kind == "head" else "with its network"
    return f"{model.id:<32}  {len(model.manifest.labels):>5,} labels, {what}, by {model.added_by}"


def put(settings: Settings, chosen: argparse.Namespace) -> int:
    """Keep a model from a folder."""
    document, _ = manifest_of(chosen.folder)
    with collector_of(settings, chosen) as collector:
        model = collector.models.add(document, chosen.folder, who())
    print(f"It is here as {model.id}.")
    return 0


def make(settings: Settings, chosen: argparse.Namespace) -> int:
    """Write a model as an unsigned release."""
    terms = terms_of(chosen)
    with collector_of(settings, chosen) as collector, tempfile.TemporaryDirectory() as models:
        model = collector.models.find(chosen.model)
        if not chosen.anyway:
            check_gates(model.version())
        collector.models.lay_out(model, Path(models))
        manifest = make_folder(Path(models), model.version(), terms, chosen.folder)
    say_made(manifest, chosen.folder)
    return 0


def train(settings: Settings, chosen: argparse.Namespace) -> int:
    """Learn labels from what devices share, over the network of a model of the collector."""
    from store.training.runs.at_collector import train as learn  # noqa: PLC0415 - numpy, scipy

    _refuse_what_is_of_a_device(chosen)
    options = TrainingOptions(seed=chosen.seed, least_examples=chosen.least)
    request = TrainingRequest(label_mode=chosen.labels, options=options)
    with collector_of(settings, chosen) as collector, shown() as tell:
        parent = _parent(collector, chosen.network)
        model, result = learn(collector, parent, request, tell, who())
    accuracy = result.metrics.get("accuracy") or {}
    print(f"{model.manifest.name}: {result.label_count:,} labels, {_right(accuracy)}.")
    print(f"Make a release of it with: whimbrel collect release make {model.id} DIR --number N --head-only")
    return 0


def _refuse_what_is_of_a_device(chosen: argparse.Namespace) -> None:
    if chosen.mode != "head" or chosen.activate:
        raise PlainError(
            "At a collector only the last layer is trained, and nothing is put to work there.",
            "Leave out --mode and --activate.",
            2,
        )


def _parent(collector: Collector, named: str | None) -> KeptModel:
    if named is not None:
        return collector.models.find(named)
    models = collector.models.all()
    if not models:
        raise PlainError(
            "There is no model at this collector whose network could be used.",
            "Hand one in from a device with: whimbrel release upload VERSION",
        )
    return models[-1]


def _right(accuracy: dict[str, float | None]) -> str:
    value, n = accuracy.get("value"), accuracy.get("n")
    if value is None:
        return "none was held back to check it on"
    return f"right for {100 * value:.0f} % of {n:,} pictures held back"
