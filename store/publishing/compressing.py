"""Finds the smallest form of a version that answers nearly as it does.

Tried are 16-bit and 8-bit weights, each with more and more of the pointwise kernels set to nought: that makes
a file smaller only where it is compressed, so what counts is the size after gzip. A form whose embeddings
are further off than the check `space` allows is none of the version's space, and not taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from store.events import Variant
from store.models import fidelity
from store.models.arrays import Array
from store.models.errors import ModelError
from store.models.exporting import Subject
from store.models.fidelity import Answers, Fidelity, Pictures
from store.models.pruning import pruned
from store.models.sizes import Size, gzipped
from store.models.topology import graph_model
from store.training.gates.numbers import MOST_DEVIATION

Progress = Callable[[str, float], None]
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
SMALLER: tuple[Variant, ...] = ("float16", "uint8")
_TRIALS = 11  # at most, for the progress: two halvings of nine shares and the version itself


@dataclass(frozen=True)
class Form:
    """A smaller form of a backbone: which, how large its weights are, how true it is; its master weights."""

    variant: Variant
    prune: float
    size: Size
    fidelity: Fidelity
    arrays: dict[str, Array] = field(repr=False)


@dataclass(frozen=True)
class Found:
    """The smallest form, and how large the version's own weights are."""

    form: Form
    size_before: Size


def smallest(given: Subject, pictures: Pictures, loss: float, progress: Progress) -> Found:
    """The smallest form that loses at most `loss` points; raises ModelError where there is none."""
    trials = _Trials(given, pictures, progress)
    kept = [_most_pruned(trials, variant, loss) for variant in SMALLER]
    before = _size(given, given.backbone.arrays, given.version.variant)
    smaller = [form for form in kept if form is not None and form.size.gzipped < before.gzipped]
    if not smaller:
        raise ModelError(
            f"No smaller form of {given.version.name} stays within {loss:g} points of it on "
            f"{len(pictures.pixels):,} {pictures.on}.",
            "Allow more with --loss, or use it as it is.",
        )
    return Found(min(smaller, key=lambda form: form.size.gzipped), before)


def _most_pruned(trials: _Trials, variant: Variant, loss: float) -> Form | None:
    """The form with the largest share that is true enough, by halving; None where not even 0 is."""
    best = trials.form(variant, SHARES[0])
    if not _is_true(best.fidelity, loss):
        return None
    low, high = 0, len(SHARES)  # `low` is true enough, `high` is taken not to be
    while high - low > 1:
        middle = (low + high) // 2
        form = trials.form(variant, SHARES[middle])
        if _is_true(form.fidelity, loss):
            low, best = middle, form
        else:
            high = middle
    return best


def _is_true(found: Fidelity, loss: float) -> bool:
    return found.lost <= loss and (found.deviation or 0.0) <= MOST_DEVIATION


class _Trials:
    """Makes forms and measures them."""

    def __init__(self, given: Subject, pictures: Pictures, progress: Progress) -> None:
        self._given = given
        self._pictures = pictures
        self._progress = progress
        self._count = 0
        self._own = self._answers(given, "Answering pictures as the version does.")

    def form(self, variant: Variant, share: float) -> Form:
        """One form, measured."""
        backbone = self._given.backbone
        arrays = pruned(backbone.network, backbone.arrays, share)
        graph = graph_model(backbone.network, arrays, variant)
        restored = replace(self._given, backbone=replace(backbone, arrays=graph.arrays))
        told = f"Trying {variant_words(variant)}{pruned_words(share)}."
        found = fidelity.fidelity(self._answers(restored, told), self._own, self._pictures)
        return Form(variant, share, Size(len(graph.data), gzipped([graph.data])), found, arrays)

    def _answers(self, subject: Subject, sentence: str) -> Answers:
        self._count += 1
        first = (self._count - 1) / _TRIALS
        return subject.answers(
            self._pictures, lambda done: self._progress(sentence, min(1.0, first + done / _TRIALS))
        )


def _size(given: Subject, arrays: dict[str, Array], variant: Variant) -> Size:
    data = graph_model(given.backbone.network, arrays, variant).data
    return Size(len(data), gzipped([data]))


def variant_words(variant: Variant) -> str:
    """ "8-bit weights"."""
    return {"float32": "32-bit weights", "float16": "16-bit weights", "uint8": "8-bit weights"}[variant]


def pruned_words(share: float) -> str:
    """ ", 30 % pruned", nothing for nothing."""
    return f", {100 * share:.0f} % pruned" if share else ""
