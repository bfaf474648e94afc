"""`whimbrel train`."""

from __future__ import annotations

import argparse

import msgspec

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.progress import Progress, shown
from desktop.settings import Settings
from desktop.train_access import Told, training_of
from store.local.learning.run_forms import TrainingRequest, TrainingRun
from store.models.errors import ModelError

_MINUTE_S = 60


def train(settings: Settings, chosen: argparse.Namespace) -> int:
    """Train, say what came of it, and put it to work where that was asked for."""
    if chosen.database is not None:
        from desktop.collect_model_commands import train as at_collector  # noqa: PLC0415

        return at_collector(settings, chosen)
    request = _request(chosen)
    with training_of(DataFolder(settings.data_dir)) as training:
        with shown() as tell:
            run = training.train(request, _told(tell))
        if run.state != "done" or run.version is None:
            raise PlainError(run.sentence, run.advice)
        print(run.sentence)
        if not chosen.activate:
            print(f"Put it to work with: whimbrel models activate {run.version}")
            return 0
        try:
            training.activate(run.version)
        except (PlainError, ModelError) as refused:
            raise PlainError(str(refused), f"It is ready: {run.version}") from refused
    print(f"It is now at work: {run.version}")
    return 0


def _request(chosen: argparse.Namespace) -> TrainingRequest:
    given = {
        "mode": chosen.mode,
        "labelMode": chosen.labels,
        "options": {"seed": chosen.seed, "leastExamples": chosen.least, "mostEpochs": chosen.passes},
    }
    try:
        return msgspec.convert(given, TrainingRequest)
    except msgspec.ValidationError as error:
        raise PlainError(
            f"Whimbrel cannot train like that: {error}.", "See `whimbrel train --help`.", 2
        ) from None


def _told(tell: Progress) -> Told:
    """A run as a sentence with what is left, and how far it is."""

    def told(run: TrainingRun) -> None:
        if run.is_live:
            tell(" ".join([run.sentence, *_epoch(run), *_left(run.seconds_left)]), run.progress or 0.0)

    return told


def _epoch(run: TrainingRun) -> list[str]:
    if not run.epochs:
        return []
    last = run.epochs[-1]
    right = "" if last.accuracy is None else f", {100 * last.accuracy:.0f} % right"
    return [f"Epoch {last.number}{right}."]


def _left(seconds: float | None) -> list[str]:
    """For a wait that is worth knowing of."""
    if seconds is None or seconds < _MINUTE_S / 2:
        return []
    return [f"About {max(1, round(seconds / _MINUTE_S))} min left."]
