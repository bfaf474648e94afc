"""Whether there is enough to learn from, and if not, how much is missing. Light to import."""

from __future__ import annotations

from collections.abc import Mapping

from store.local.errors import StoreError
from store.local.learning.run_forms import LabelMode

_NAMED = 3


class CannotTrain(StoreError):  # noqa: N818 - reads as what is the matter
    """Nothing can be learned as things are; the advice says what is missing."""


def check_enough(pictures: Mapping[str, int], none_of_these: int, mode: LabelMode, least: int) -> None:
    """Raises CannotTrain unless there are pictures enough; `pictures` counts those of each label.

    "mine" needs two labels with at least `least` pictures, or one and as many that are something else;
    "extend" needs one.
    """
    ready = [label for label, count in pictures.items() if count >= least]
    others = none_of_these + sum(count for count in pictures.values() if count < least)
    needed = 1 if mode == "extend" else 2
    if len(ready) >= needed or (ready and others >= least):
        return
    if not pictures:
        raise CannotTrain(
            "There is nothing to learn from yet: no answer was confirmed or corrected.",
            f"Correct or confirm at least {least} pictures of {_labels(needed)}.",
        )
    raise CannotTrain(
        f"There are too few pictures to learn from: {_labels(needed)} with at least {least} each are needed.",
        _missing(pictures, needed - len(ready), least),
    )


def check_squares(pictures: Mapping[str, int], none_of_these: int, mode: LabelMode, least: int) -> None:
    """The same of the pictures whose square was kept; the advice says how more are."""
    try:
        check_enough(pictures, none_of_these, mode, least)
    except CannotTrain as few:
        kept = none_of_these + sum(pictures.values())
        raise CannotTrain(
            "This way of training learns from the squares that the model looked at, and too few of them "
            f"were kept ({kept:,}).",
            "Switch on “Keep the square that the model looked at” in the settings and have the pictures "
            "recognised again, or train only the last layer (the mode “head”).",
        ) from few


def _missing(pictures: Mapping[str, int], wanted: int, least: int) -> str:
    """How many more pictures of which labels; of a further label where there are no such."""
    nearest = sorted((item for item in pictures.items() if item[1] < least), key=lambda item: -item[1])
    shown = nearest[: _NAMED if wanted == 1 else wanted]
    named = [f"{least - count} more of “{label}”" for label, count in shown]
    named += [f"{least} of another label"] * (len(nearest) < wanted)
    return f"Confirm or correct {_joined(named, 'or' if len(named) > wanted else 'and')}."


def _labels(count: int) -> str:
    return "one label" if count == 1 else "two labels"


def _joined(parts: list[str], word: str) -> str:
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
