"""Retention: what it would take is shown, exactly that goes, and what was checked outlives the rest."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from local_records import NOW, attachment, base64_text, inference, said, send, sha256_of, taken_back
from two_hands import TwoHands
from upkeep_support import count, fill, full_inference, opened

from store.local.clock_watch import DAY_MS, HOUR_MS
from store.local.erasure.scope import Scope
from store.local.opening import LocalStore
from store.local.removal import KINDS, Amounts
from store.local.retention.plan import numbers_of, ranges_of
from store.local.setting_names import defaults
from store.local.upkeep import UnknownPlan, Upkeep

MEGABYTE = 1024 * 1024
Memory = tuple[LocalStore, Upkeep]


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def memory(tmp_path: Path, clock: TwoHands) -> Iterator[Memory]:
    store, upkeep = opened(tmp_path / "data", clock)
    upkeep.tick()
    yield store, upkeep
    store.close()


def days_pass(upkeep: Upkeep, clock: TwoHands, days: int) -> None:
    for _ in range(days):
        clock.run(DAY_MS)
        upkeep._database.submit(upkeep.watch.observe).result(60)


def run_now(upkeep: Upkeep) -> Any:
    """Runs what the preview shows; what it showed and what went."""
    token, preview = upkeep.preview()
    number = upkeep.run(token).number
    upkeep.finish()
    entry = upkeep.entry(number)
    assert entry is not None
    assert entry.state == "done"
    return preview, entry.done.amounts


def test_by_default_nothing_of_answers_and_corrections_has_an_age(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    fill(store, 1, 3)
    send(store.statistics, said(10, about=1))
    days_pass(upkeep, clock, 400)
    assert upkeep.preview()[1].is_empty
    days_pass(upkeep, clock, 400)
    _, preview = upkeep.preview()
    assert [(item.kind, item.count) for item in preview.items] == [("embeddings", 2)]


def test_what_is_shown_goes_and_what_was_checked_stays(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    store.settings.put("keepAnswersDays", 30).result(60)
    fill(store, 1, 5)
    send(store.statistics, said(10, about=1), said(11, about=2, label=None), said(12, about=3))
    send(
        store.statistics, taken_back(13, about=3, retracts=12), attachment(14, about=4, crop=b"\xff\xd8\xff1")
    )
    days_pass(upkeep, clock, 31)
    fill(store, 20, 21)
    preview, gone = run_now(upkeep)
    assert gone == preview.amounts
    assert {item.kind: item.count for item in preview.items} == {
        "answers": 3, "feedback": 2, "attachments": 1, "pictures": 3, "embeddings": 3, "thumbnails": 3,
        "crops": 3,
    }  # fmt: skip
    assert [count(store, table) for table in ("record", "embedding", "picture", "feedback")] == [6, 4, 4, 2]
    assert count(store, "retraction") == 0
    first = preview.items[0]
    assert (first.first, first.last) == (NOW + 3, NOW + 5)
    assert first.records == f"kind=inference&from={NOW + 3}&to={NOW + 6}"


def test_what_is_checked_after_the_preview_is_kept(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    store.settings.put_all({"keepAnswersDays": 30, "keepEmbeddingsDays": 30}).result(60)
    fill(store, 1, 3)
    days_pass(upkeep, clock, 31)
    token, preview = upkeep.preview()
    send(store.statistics, said(10, about=2))
    number = upkeep.run(token).number
    upkeep.finish()
    entry = upkeep.entry(number)
    assert entry is not None
    assert (preview.amounts.answers.count, entry.done.amounts.answers.count) == (3, 2)
    assert (count(store, "record"), count(store, "embedding")) == (2, 1)


def test_a_preview_runs_once(memory: Memory) -> None:
    _, upkeep = memory
    token, _ = upkeep.preview()
    upkeep.run(token)
    with pytest.raises(UnknownPlan, match="no longer known"):
        upkeep.run(token)


def test_a_size_takes_the_oldest_unchecked_embeddings_first(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    store.settings.put("keepEmbeddingsMegabytes", 1).result(60)
    vector = base64_text(bytes(MEGABYTE // 4 // 64 * 2))  # 8 KiB: 128 make a megabyte
    for number in range(1, 151):
        send(store.statistics, full_inference(number, embedding=vector))
    send(store.statistics, *(said(1000 + number, about=number) for number in range(1, 11)))
    run_now(upkeep)
    with store.database.read() as db:
        kept = [number for (number,) in db.execute_sql("SELECT record FROM embedding ORDER BY record")]
    assert kept == [*range(1, 11), *range(33, 151)]


def test_checked_embeddings_go_last_but_they_go(memory: Memory) -> None:
    store, upkeep = memory
    store.settings.put("keepEmbeddingsMegabytes", 1).result(60)
    vector = base64_text(bytes(MEGABYTE // 128))
    for number in range(1, 141):
        send(store.statistics, full_inference(number, embedding=vector))
    send(store.statistics, *(said(1000 + number, about=number) for number in range(1, 136)))
    run_now(upkeep)
    with store.database.read() as db:
        kept = [number for (number,) in db.execute_sql("SELECT record FROM embedding ORDER BY record")]
    assert kept == list(range(8, 136))


def test_a_picture_seen_again_keeps_its_small_copy(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    store.settings.put("keepThumbnailsDays", 30).result(60)
    fill(store, 1, 3)
    days_pass(upkeep, clock, 31)
    again = {"sha256": sha256_of("picture 1"), "fileName": "IMG_0001.jpg"}
    send(store.statistics, inference(9, picture=again))
    preview, gone = run_now(upkeep)
    assert gone == preview.amounts
    with store.database.read() as db:
        rows = db.execute_sql("SELECT number FROM picture WHERE thumbnail IS NOT NULL").fetchall()
    assert rows == [(1,)]


@pytest.mark.parametrize("years", [10, -10])
def test_a_clock_that_jumps_by_years_deletes_nothing(memory: Memory, clock: TwoHands, years: int) -> None:
    store, upkeep = memory
    ages = {name: 1 for name in defaults() if name.endswith("Days")}
    store.settings.put_all(ages).result(60)
    fill(store, 1, 3)
    for jump in (years * 365 * DAY_MS, -years * 365 * DAY_MS):
        clock.jump(jump)
        clock.run(HOUR_MS)
        upkeep.tick()
        upkeep.tick()
        assert upkeep.preview()[1].is_empty
    assert count(store, "record") == 3
    assert upkeep.entries() == []


def test_it_runs_by_itself_once_a_day_when_nothing_else_happens(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    store.settings.put("keepAnswersDays", 2).result(60)
    fill(store, 1, 3)
    days_pass(upkeep, clock, 3)
    fill(store, 4, 4)
    upkeep.tick()
    assert upkeep.entries() == []  # something has just come in
    upkeep.tick()
    (entry,) = upkeep.entries()
    assert (entry.asked, entry.told, entry.state, entry.done.amounts.answers.count) == (
        False,
        False,
        "done",
        3,
    )
    days_pass(upkeep, clock, 3)
    upkeep.tick()
    assert [one.done.amounts.answers.count for one in upkeep.entries()] == [1, 3]
    upkeep.told(entry.number + 1)
    assert all(one.told for one in upkeep.entries())


def test_pages_are_given_back(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    store.settings.put("keepAnswersDays", 1).result(60)
    for number in range(1, 301):
        send(store.statistics, full_inference(number, embedding=base64_text(bytes(2560))))
    days_pass(upkeep, clock, 2)
    run_now(upkeep)
    with store.database.read() as db:
        assert db.execute_sql("PRAGMA freelist_count").fetchone() == (0,)
        assert db.execute_sql("PRAGMA page_count").fetchone()[0] < 100


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
        gone = history.run(token)
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
        gone = history.run(token)
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
        assert history.run(token) == preview.amounts
        assert history.upkeep.preview()[1].is_empty


def test_a_mark_that_is_taken_back_after_the_preview_still_keeps(memory: Memory, clock: TwoHands) -> None:
    """The preview did not show that answer: it goes the next time."""
    store, upkeep = memory
    store.settings.put_all({"keepAnswersDays": 30, "keepThumbnailsDays": 30}).result(60)
    fill(store, 1, 2)
    send(store.statistics, said(10, about=1))
    days_pass(upkeep, clock, 31)
    token, preview = upkeep.preview()
    send(store.statistics, taken_back(11, about=1, retracts=10))
    number = upkeep.run(token).number
    upkeep.finish()
    entry = upkeep.entry(number)
    assert entry is not None
    assert entry.done.amounts == preview.amounts
    assert (count(store, "record"), count(store, "picture")) == (3, 1)
    assert upkeep.preview()[1].amounts.answers.count == 1


def test_a_picture_that_is_seen_again_after_the_preview_keeps_its_small_copy(
    memory: Memory, clock: TwoHands
) -> None:
    store, upkeep = memory
    store.settings.put("keepThumbnailsDays", 30).result(60)
    fill(store, 1, 2)
    days_pass(upkeep, clock, 31)
    token, preview = upkeep.preview()
    again = {"sha256": sha256_of("picture 1"), "fileName": "IMG_0001.jpg"}
    send(store.statistics, inference(9, picture=again))
    number = upkeep.run(token).number
    upkeep.finish()
    entry = upkeep.entry(number)
    assert entry is not None
    assert (preview.amounts.thumbnails.count, entry.done.amounts.thumbnails.count) == (2, 1)


def test_any_removal_makes_the_previews_of_before_unknown(memory: Memory) -> None:
    _, upkeep = memory
    token, _ = upkeep.preview()
    upkeep.erase(Scope(session_id="nobody's"))
    with pytest.raises(UnknownPlan, match="no longer known"):
        upkeep.run(token)


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

    def run(self, token: str) -> Amounts:
        number = self.upkeep.run(token).number
        self.upkeep.finish()
        entry = self.upkeep.entry(number)
        assert entry is not None
        return entry.done.amounts

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


def test_numbers_become_ranges_and_numbers_again() -> None:
    assert ranges_of([1, 2, 3, 7, 9, 10]) == ((1, 3), (7, 7), (9, 10))
    assert list(numbers_of(((1, 3), (7, 7)))) == [1, 2, 3, 7]
    assert (ranges_of([]), list(numbers_of(()))) == ((), [])
