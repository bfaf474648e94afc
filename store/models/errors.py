"""The one error that everything about models raises: a sentence and an advice, both for people."""

from __future__ import annotations


class ModelError(Exception):
    """A model that cannot be read, written or found. `sentence` says what happened, `advice` what to do."""

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(f"{sentence} {advice}".strip())
        self.sentence = sentence
        self.advice = advice


class UnknownArchitecture(ModelError):  # noqa: N818 - reads as what was met
    """A network that is none of the families whose tables Whimbrel has."""
