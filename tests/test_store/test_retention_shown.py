"""A made-up past, whatever it was: a retention takes what its preview showed, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from local_records import attachment, inference, said, send, sha256_of, taken_back
from two_hands import TwoHands
from upkeep_support import count, days_pass, full_inference, opened, run_to_end

from store.local.opening import LocalStore
from store.local.removal import KINDS
from store.local.setting_names import defaults
from store.local.upkeep import Upkeep

events = st.lists(
    st.sampled_from(("answer", "again", "right", "wrong", "take back", "event", "lost part", "wait")),
    min_size=1,
    max_size=40,
)


quiet = st.lists(st.sampled_from(("answer", "event", "lost part")), max_size=20)


@given(events, quiet, st.integers(0, 6), st.integers(0, 6))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_a_run_takes_exactly_what_its_preview_showed(
    before: list[str], between: list[str], answers: int, parts: int
) -> None:
    """Whatever arrives between the two: it is neither in the preview nor taken, and the account is whole."""
    with past(before, answers, parts) as history:
        token, preview = history.upkeep.preview()
        records_before = count(history.store, "record")
        history.unseen = 900_000
        arrived = history.play(between)
        gone = run_to_end(history.upkeep, token)
        assert gone == preview.amounts
        records = gone.answers.count + gone.feedback.count + gone.events.count + gone.attachments.count
        assert count(history.store, "record") == records_before - records + arrived
        assert history.upkeep.preview()[1].is_empty
        assert sound(history.store)


@given(events, events, st.integers(0, 6), st.integers(0, 6))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@example(["answer", "wait", "wait", "wait"], ["right", "take back"], 1, 0)
@example(["answer", "right", "wait", "wait"], ["take back"], 1, 1)
def test_a_run_takes_nothing_that_its_preview_did_not_show(
    before: list[str], between: list[str], answers: int, parts: int
) -> None:
    """Also where marks are made and taken back between the two; and what is marked by then stays."""
    with past(before, answers, parts) as history:
        token, preview = history.upkeep.preview()
        history.play([word for word in between if word != "wait"])
        marked = marked_answers(history.store)
        gone = run_to_end(history.upkeep, token)
        shown = preview.amounts
        assert [one for one in KINDS if getattr(gone, one).count > getattr(shown, one).count] == []
        assert gone.bytes <= shown.bytes
        assert marked_answers(history.store) == marked
        assert sound(history.store)


def test_a_picture_whose_mark_was_taken_back_goes_as_shown() -> None:
    """What was taken back goes with the first answer: its picture is then as old as the second."""
    with past(["answer", "right", "wait", "again", "wait", "take back"], 2, 1) as history:
        token, preview = history.upkeep.preview()
        assert {item.kind: item.count for item in preview.items} == {
            "answers": 1, "feedback": 2, "embeddings": 2, "thumbnails": 1, "crops": 1
        }  # fmt: skip
        assert run_to_end(history.upkeep, token) == preview.amounts
        assert history.upkeep.preview()[1].is_empty


@contextmanager
def past(words: list[str], answers: int, parts: int) -> Iterator[History]:
    """A memory of its own with this past, and these limits in days (0: none)."""
    with tempfile.TemporaryDirectory() as folder:
        clock = TwoHands()
        store, upkeep = opened(Path(folder), clock)
        try:
            names = [name for name in defaults() if name.endswith("Days")]
            days = {name: (answers if name == "keepAnswersDays" else parts) or None for name in names}
            store.settings.put_all(days).result(60)
            history = History(store, upkeep, clock)
            history.play(words)
            yield history
        finally:
            store.close()


def marked_answers(store: LocalStore) -> list[int]:
    """The answers that somebody checked and did not take that back."""
    with store.database.read() as db:
        return [number for (number,) in db.execute_sql(
            "SELECT number FROM record WHERE id IN"
            " (SELECT inference_id FROM feedback WHERE retracted_by IS NULL) ORDER BY number")]  # fmt: skip


class History:
    """Plays a made-up past."""

    def __init__(self, store: LocalStore, upkeep: Upkeep, clock: TwoHands) -> None:
        self.store, self.upkeep, self.clock = store, upkeep, clock
        self.next, self.answers, self.words = 1, list[int](), list[tuple[int, int]]()
        self.unseen = 0  # else failures are about pictures that were seen before, which keeps what they have

    def play(self, words: list[str]) -> int:
        sent = 0
        for word in words:
            if word == "wait":
                days_pass(self.upkeep, self.clock, 2)
            elif (record := self.record(word)) is not None:
                send(self.store.statistics, record)
                sent += 1
        return sent

    def record(self, word: str) -> dict[str, Any] | None:
        number, self.next = self.next, self.next + 1
        about = self.answers[number % len(self.answers)] if self.answers else None
        if word in ("answer", "again"):
            self.answers.append(number)
            seen = {"sha256": sha256_of(f"picture {about}"), "fileName": "again.jpg"}
            same = {"picture": seen} if word == "again" and about else {}
            return full_inference(number, **same)
        if word == "event":
            which = f"picture {self.unseen or about}"
            failed = {"sha256": sha256_of(which), "fileName": "x.jpg"}
            return {"kind": "event", "id": inference(number)["id"], "stage": "decode", "code": "x",
                    "picture": failed}  # fmt: skip
        if word == "lost part":
            return attachment(number, about=900_000 + number, crop=b"\xff\xd8\xff\xe0crop")
        if word == "take back" and self.words:
            taken, of = self.words.pop()
            return taken_back(number, about=of, retracts=taken)
        if word in ("right", "wrong") and about is not None:
            self.words.append((number, about))
            return said(number, about=about, label=None if word == "right" else "wolf")
        return None


def sound(store: LocalStore) -> bool:
    with store.database.read() as db:
        loose = db.execute_sql("PRAGMA foreign_key_check").fetchall()
        lonely = db.execute_sql(
            "SELECT count(*) FROM picture WHERE number NOT IN (SELECT picture FROM record WHERE picture > 0)"
        ).fetchone()[0]
        account = db.execute_sql(
            "SELECT recorded = accepted + waiting + rejected"
            " + (SELECT coalesce(sum(count), 0) FROM outbox_dropped) FROM outbox_state"
        ).fetchone()[0]
    return not loose and lonely == 0 and bool(account)
