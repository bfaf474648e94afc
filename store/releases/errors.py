"""Why a release is not taken: a sentence and an advice for people, and a code for the collector."""

from __future__ import annotations

from typing import Literal

RefusalCode = Literal[
    "unreadable",
    "wrong-key",
    "bad-signature",
    "wrong-form",
    "expired",
    "not-newer",
    "app-too-old",
    "wrong-file",
    "no-network",
]


class ReleaseError(Exception):
    """Something about releases or their keys that can't be done."""

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(f"{sentence} {advice}".strip())
        self.sentence = sentence
        self.advice = advice


class ReleaseRefused(ReleaseError):  # noqa: N818 - reads as what became of it
    """A release or change of keys that is not taken."""

    def __init__(self, code: RefusalCode, sentence: str, advice: str) -> None:
        super().__init__(sentence, advice)
        self.code = code
