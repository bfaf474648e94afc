"""How a training ends otherwise than well, in words."""

from __future__ import annotations

import logging
import signal

from store.local.errors import StoreError
from store.local.folder import NO_SPACE
from store.local.learning.run_forms import RunState
from store.models.errors import ModelError
from store.training.runs.collect import no_room

log = logging.getLogger("whimbrel.training")
_LOOK = "Train again; if it stays, run `whimbrel doctor` and look into the log."


class Cancelled(Exception):  # noqa: N818 - what the user did
    """Somebody asked the run to end."""


class Closing(Exception):  # noqa: N818 - what the program does
    """The program ends: the run goes on at its next start."""


class PicturesErased(ModelError):  # noqa: N818 - what the user did
    """Pictures that the run has copies of are to be remembered no more."""

    def __init__(self) -> None:
        super().__init__(
            "Pictures were erased while Whimbrel was learning from them, so it stopped.",
            "Train again: it learns from those that are left.",
        )


def ending(error: Exception) -> tuple[RunState, str, str]:
    """State, sentence and advice of a run that ended with this error."""
    if isinstance(error, Cancelled):
        return "cancelled", "This training was cancelled.", "The model at work stays as it is."
    if isinstance(error, StoreError | ModelError):
        return "failed", error.sentence, error.advice
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return ending(no_room())
    log.exception("a training failed", exc_info=error)
    return "failed", "Something went wrong inside Whimbrel while it was learning.", _LOOK


def broken_off(status: int, last_words: str) -> ModelError:
    """What to say of a child that ended without a result; `status` is negative for a signal."""
    log.error("the training's process ended with %d: %s", status, last_words or "without a word")
    if status == -signal.SIGKILL:
        return ModelError(
            "The system ended the training, most likely because memory ran short.",
            "Close other programs and train again.",
        )
    return ModelError("The training broke off.", _LOOK)


def tried_in_vain(attempts: int) -> ModelError:
    """What to say of a run in whose middle the program ended again and again."""
    return ModelError(
        f"Whimbrel ended {attempts} times in the middle of this training, so it is not tried again.",
        "Train anew; if Whimbrel ends again, run `whimbrel doctor` and look into the log.",
    )
