"""Retention: what it would take is shown, exactly that goes, and what was checked outlives the rest."""

from __future__ import annotations

import pytest
from local_records import NOW, attachment, base64_text, inference, said, send, sha256_of, taken_back
from two_hands import TwoHands
from upkeep_support import Memory, count, days_pass, fill, full_inference, run_to_end

from store.local.clock_watch import DAY_MS, HOUR_MS
from store.local.erasure.scope import Scope
from store.local.retention.plan import numbers_of, ranges_of
from store.local.setting_names import defaults
from store.local.upkeep import UnknownPlan

MEGABYTE = 1024 * 1024


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
    token, preview = upkeep.preview()
    gone = run_to_end(upkeep, token)
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
    gone = run_to_end(upkeep, token)
    assert (preview.amounts.answers.count, gone.answers.count) == (3, 2)
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
    run_to_end(upkeep, upkeep.preview()[0])
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
    run_to_end(upkeep, upkeep.preview()[0])
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
    token, preview = upkeep.preview()
    gone = run_to_end(upkeep, token)
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
    run_to_end(upkeep, upkeep.preview()[0])
    with store.database.read() as db:
        assert db.execute_sql("PRAGMA freelist_count").fetchone() == (0,)
        assert db.execute_sql("PRAGMA page_count").fetchone()[0] < 100


def test_a_mark_that_is_taken_back_after_the_preview_still_keeps(memory: Memory, clock: TwoHands) -> None:
    """The preview did not show that answer: it goes the next time."""
    store, upkeep = memory
    store.settings.put_all({"keepAnswersDays": 30, "keepThumbnailsDays": 30}).result(60)
    fill(store, 1, 2)
    send(store.statistics, said(10, about=1))
    days_pass(upkeep, clock, 31)
    token, preview = upkeep.preview()
    send(store.statistics, taken_back(11, about=1, retracts=10))
    gone = run_to_end(upkeep, token)
    assert gone == preview.amounts
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
    gone = run_to_end(upkeep, token)
    assert (preview.amounts.thumbnails.count, gone.thumbnails.count) == (2, 1)


def test_any_removal_makes_the_previews_of_before_unknown(memory: Memory) -> None:
    _, upkeep = memory
    token, _ = upkeep.preview()
    upkeep.erase(Scope(session_id="nobody's"))
    with pytest.raises(UnknownPlan, match="no longer known"):
        upkeep.run(token)


def test_numbers_become_ranges_and_numbers_again() -> None:
    assert ranges_of([1, 2, 3, 7, 9, 10]) == ((1, 3), (7, 7), (9, 10))
    assert list(numbers_of(((1, 3), (7, 7)))) == [1, 2, 3, 7]
    assert (ranges_of([]), list(numbers_of(()))) == ((), [])
