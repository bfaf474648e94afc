"""A memory with examples to play with: pictures in groups, words about them, and a slow way to count."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from local_records import SPACE, WEBP, base64_text, inference, said, send, sha256_of, taken_back

from store.local.opening import LocalStore

SIZE = 16


def vector(group: int, variation: int = 0, size: int = SIZE) -> list[float]:
    """Near (cosine over 0.99) to the others of its group, far (under 0.5) from those of other groups."""
    base = np.random.default_rng(group).standard_normal(size)
    noise = np.random.default_rng(1000 + variation).standard_normal(size)
    return [float(number) for number in base / np.linalg.norm(base) + 0.01 * noise / np.linalg.norm(noise)]


def encoded(values: Sequence[float]) -> str:
    return base64.b64encode(np.array(values, dtype="<f2").tobytes()).decode()


def seen(number: int, values: Sequence[float] | None, **changes: Any) -> dict[str, Any]:
    """An answer about picture `number`, with an embedding."""
    embedding = None if values is None else encoded(values)
    return inference(number, embedding=embedding, **changes)


def taken(number: int, captured_at: str) -> dict[str, Any]:
    """The facts of picture `number` with the time as a camera writes it."""
    return {"sha256": sha256_of(f"picture {number}"), "fileName": "a.jpg", "capturedAt": captured_at}


class ExampleWorld:
    """Sends records and knows, by itself, the last word about each picture."""

    def __init__(self, store: LocalStore) -> None:
        self.store = store
        self.next = 10_000
        self.words: dict[int, list[tuple[int, str | None]]] = {}  # by picture: feedback, label or None
        self.erased: set[int] = set()

    def picture(self, number: int, group: int, **changes: Any) -> None:
        """Recognises a picture that is new."""
        send(self.store.statistics, seen(number, vector(group, number), crop=base64_text(WEBP), **changes))
        self.words[number] = []

    def say(self, number: int, label: str | None) -> None:
        """The user says what a picture is; None says "none of these"."""
        word = {"isCorrect": False, "correctedLabel": label, "confidence": 1.0}
        send(self.store.statistics, said(self.next, about=number, userFeedback=word))
        self.words[number].append((self.next, label))
        self.next += 1

    def take_back(self, number: int) -> None:
        """Takes the last word about a picture back, if there is one."""
        if self.words[number]:
            feedback, _ = self.words[number].pop()
            send(self.store.statistics, taken_back(self.next, about=number, retracts=feedback))
            self.next += 1

    def erase(self, number: int) -> None:
        """Erases a picture; the store takes it no more, since this clock stands still."""
        from store.local.erasure.scope import Scope

        self.store.upkeep.erase(Scope(picture_sha256=sha256_of(f"picture {number}")))
        self.store.upkeep.finish()
        del self.words[number]
        self.erased.add(number)

    def labels(self) -> dict[int, str | None]:
        """The last word by picture, as it was typed."""
        return {number: words[-1][1] for number, words in self.words.items() if words}

    def sides(self) -> dict[str, int]:
        """The side of every example, by the SHA-256 of its picture; gives sides to those without."""
        found = self.store.examples.collect(SPACE)
        names = self.names()
        return {
            names[int(picture)]: int(side) for picture, side in zip(found.pictures, found.sides, strict=True)
        }

    def names(self) -> dict[int, str]:
        with self.store.database.read() as db:
            rows = db.execute_sql("SELECT number, lower(hex(sha256)) FROM picture").fetchall()
        return dict(rows)

    def collected(self) -> Counter[str | None]:
        """How many examples `collect` gives by label."""
        return Counter(self.store.examples.collect(SPACE).labels)
