"""Random records and their erasure, and figures counted the slow way, for the tests of the roll-up."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

from local_records import JPEG, WEBP, attachment, inference, said, send, taken_back, uuid, uuid_bytes

from store.local import outbox_rows
from store.local.figures.buckets import bucket_of
from store.local.figures.rollup import forget_records, roll_up
from store.local.opening import LocalStore

HOUR = 3_600_000
DAY = 24 * HOUR
VERSIONS, BACKENDS = ("one", "two", "three"), ("wasm", "webgl", None)
DEVICES = [{"hardwareConcurrency": cores} for cores in (2, 4, 8)]


class World:
    """A store that gets records as they may come: late, twice, about each other, with the clock anywhere."""

    def __init__(self, store: LocalStore, seed: int, now: int) -> None:
        self.store, self.random, self.now = store, random.Random(seed), now
        self.next = 1
        self.answers: list[int] = []
        self.words: list[tuple[int, int]] = []  # feedback, and the answer that it is about

    def step(self) -> None:
        """One batch, or an erasure, or a piece of the roll-up."""
        what = self.random.random()
        if what < 0.15 and self.answers:
            self.erase()
        elif what < 0.4:
            self.roll(self.random.randint(1, 12))
        else:
            self.send([self.record() for _ in range(self.random.randint(1, 8))])

    def record(self) -> dict[str, Any]:
        number, self.next = self.next, self.next + 1
        kind = self.random.choices(("answer", "word", "back", "event", "heavy"), (10, 6, 2, 2, 3))[0]
        about = self.random.choice(self.answers) if self.answers else number + 3  # one that comes later
        if kind == "word":
            self.words.append((number, about))
            return said(number, about, self.random.choice(("wolf", None)), timestamp=self.time())
        if kind == "back" and self.words:
            feedback, answer = self.random.choice(self.words)
            if self.random.random() < 0.5:  # takes back what was said of another answer than it speaks of
                answer = self.random.choice(self.answers) if self.answers else answer
            return taken_back(number, answer, feedback) | {"timestamp": self.time()}
        if kind == "event":
            code = self.random.choice(("bad", "worse"))
            event = {"kind": "event", "id": uuid(number), "timestamp": self.time(), "stage": "decode"}
            return event | {"code": code, "backend": "wasm"}
        if kind == "heavy":
            parts = {"embedding": bytes(16), "thumbnail": WEBP * self.random.randint(1, 3), "crop": JPEG}
            chosen = self.random.choice(tuple(parts))
            return attachment(number, about, **{chosen: parts[chosen]}) | {"timestamp": self.time()}
        self.answers.append(number)
        return self.answer(number)

    def answer(self, number: int) -> dict[str, Any]:
        word = {"isCorrect": self.random.choice((True, False, None)), "confidence": 1.0}
        return inference(
            number,
            timestamp=self.time(),
            modelVersion=self.random.choice(VERSIONS),
            backend=self.random.choice(BACKENDS),
            inferenceTime=self.random.lognormvariate(3.5, 1),
            preprocessingTime=self.random.choice((0.0, 5.0)),
            totalTime=self.random.lognormvariate(4, 1),
            memoryUsage={"numTensors": 42, "numBytes": self.random.randint(0, 2**31), "numDataBuffers": 1},
            picture=self.picture() if self.random.random() < 0.9 else None,
            userFeedback=word if self.random.random() < 0.2 else None,
        )

    def picture(self) -> dict[str, Any]:
        number = self.random.randint(1, 25)
        return {"sha256": f"{number:064x}", "fileName": f"{number}.jpg"}

    def time(self) -> int:
        """Some hour of the last twelve days, rarely one in which the clock had jumped."""
        if self.random.random() < 0.03:
            return self.random.choice((0, self.now + 400 * DAY, 2**53))
        return self.now - self.random.randint(0, 12 * 24) * HOUR - self.random.randint(0, HOUR - 1)

    def send(self, records: list[dict[str, Any]]) -> None:
        device = self.random.choice(DEVICES)
        send(self.store.statistics, *records, device=device)

    def roll(self, limit: int) -> bool:
        return self.store.database.submit(lambda db: roll_up(db.connection(), limit).more).result()

    def roll_all(self) -> None:
        while self.roll(50):
            pass

    def erase(self) -> None:
        """Some answers with what was said of them, or something said alone."""
        chosen = self.random.sample(self.answers, min(len(self.answers), self.random.randint(1, 3)))
        about = [uuid_bytes(number) for number in chosen]
        if self.words and self.random.random() < 0.6:
            about = [uuid_bytes(word) for word, _ in self.random.sample(self.words, 1 + len(self.words) // 4)]
        self.store.database.submit(lambda db: erase_all_about(db.connection(), about)).result()


def erase_all_about(connection: Any, ids: list[bytes]) -> None:
    for one in ids:
        numbers = connection.execute(
            "SELECT number FROM record WHERE id = ?1 OR inference_id = ?1", (one,)
        ).fetchall()
        gone = [number for (number,) in numbers]
        outbox_rows.forget(connection, gone, "erased")
        forget_records(connection, gone)
        connection.execute("DELETE FROM feedback WHERE id = ?1 OR inference_id = ?1", (one,))
        connection.execute("DELETE FROM record WHERE id = ?1 OR inference_id = ?1", (one,))


def counted(
    connection: Any, start: int, end: int, version: str | None, backend: str | None
) -> dict[str, Any]:
    """The figures of a span from the records themselves."""
    found: dict[str, Any] = {"errors": Counter(), "devices": Counter(), "buckets": {}, "totals": Counter()}
    counts, pictures, sessions = Counter[str](), set(), set()
    rows = connection.execute(
        "SELECT id, kind, model_version, backend, picture, session_id, lower(hex(device)), payload "
        "FROM record WHERE recorded_at >= ? AND recorded_at < ?",
        (start, end),
    ).fetchall()
    for id_, kind, its_version, its_backend, picture, session, device, payload in rows:
        if version not in (None, its_version) or backend not in (None, its_backend):
            continue
        content = json.loads(payload)
        if kind == "event":
            found["errors"][content["stage"], content["code"]] += 1
        if kind == "inference":
            counts["answers"] += 1
            found["devices"][device] += 1
            sessions.add(session)
            pictures |= {picture} - {None}
            _count_word(connection, id_, counts)
            _count_values(content, found)
    counts.update(pictures=len(pictures), sessions=len(sessions), errors=found["errors"].total())
    return found | {"counts": dict(+counts)}


def _count_word(connection: Any, inference_id: bytes, counts: Counter[str]) -> None:
    last = connection.execute(
        "SELECT is_correct, corrected_label FROM feedback WHERE inference_id = ? AND retracted_by IS NULL "
        "ORDER BY recorded_at DESC, id DESC LIMIT 1",
        (inference_id,),
    ).fetchall()
    for is_correct, label in last:
        counts["feedback"] += 1
        counts["corrections"] += label is not None
        counts["judged"] += is_correct is not None
        counts["right"] += is_correct == 1


def _count_values(content: dict[str, Any], found: dict[str, Any]) -> None:
    values = {name: content[f"{name}Time"] for name in ("inference", "preprocessing", "total")}
    values["bytes"] = content["memoryUsage"]["numBytes"]
    values["tensors"] = content["memoryUsage"]["numTensors"]
    for name, value in values.items():
        found["buckets"].setdefault(name, Counter())[bucket_of(value)] += 1
    found["totals"]["bytes"] += values["bytes"]
    found["totals"]["inference"] += round(1000 * values["inference"])
