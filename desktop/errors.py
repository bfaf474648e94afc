"""Errors that are for people: they are shown as they are, without a stack trace."""

from __future__ import annotations


class PlainError(Exception):
    """Something that stops a command: one sentence what happened, one what to do, and the exit status."""

    def __init__(self, sentence: str, advice: str, status: int = 1) -> None:
        super().__init__(f"{sentence} {advice}".strip())
        self.sentence = sentence
        self.advice = advice
        self.status = status
