"""The queue of pictures to be checked: drawn by chance, always the same, and what is known from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from local_records import (
    WEBP,
    HandClock,
    base64_text,
    inference,
    said,
    send,
    sha256_of,
    taken_back,
    uuid,
    uuid_bytes,
)

from store.local.erasure.scope import Scope
from store.local.figures.service import Figures
from store.local.figures.windows import Asked
from store.local.learning.audit_store import is_drawn
from store.local.opening import LocalStore, open_store
from store.local.records.record_filters import RecordFilters


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def see(store: LocalStore, *numbers: int, **changes: object) -> None:
    """Recognises pictures, each with a thumbnail."""
    for number in numbers:
        send(store.statistics, inference(number, thumbnail=base64_text(WEBP), **changes))


def drawn(store: LocalStore) -> list[str]:
    with store.database.read() as db:
        query = "SELECT lower(hex(id)) FROM record JOIN audit_picture ON record = number ORDER BY number"
        return [found for (found,) in db.execute_sql(query).fetchall()]


def all_of_them(store: LocalStore) -> None:
    store.settings.put("auditShare", 1).result(60)


def audited(store: LocalStore, version: str | None = None) -> Any:
    found = (
        Figures(store.database, HandClock(), {})
        .performance(Asked("all", model_version=version))
        .accuracy.audited
    )
    return found.value, found.n


def test_the_share_is_drawn_by_the_id_alone(store: LocalStore) -> None:
    ids = [uuid_bytes(number) for number in range(20_000)]
    chosen = [one for one in ids if is_drawn(one, 0.02)]
    assert 320 < len(chosen) < 480
    assert {one for one in ids if is_drawn(one, 0.01)} < set(chosen)
    store.settings.put("auditShare", 0.3).result(60)
    see(store, *range(1, 41))
    store.audit.draw()
    expected = [uuid_bytes(number).hex() for number in range(1, 41) if is_drawn(uuid_bytes(number), 0.3)]
    assert drawn(store) == expected != []
    store.audit.draw()
    assert drawn(store) == expected


def test_what_comes_later_is_drawn_after_a_restart_too(tmp_path: Path) -> None:
    first = open_store(tmp_path / "data", HandClock())
    all_of_them(first)
    see(first, 1, 2)
    first.audit.draw()
    first.close()
    second = open_store(tmp_path / "data", HandClock())
    see(second, 3)
    assert second.audit.next().waiting == 3
    second.close()


def test_nothing_is_drawn_where_that_is_switched_off(store: LocalStore) -> None:
    store.settings.put("auditShare", 0).result(60)
    see(store, 1)
    assert store.audit.next().picture is None


def test_the_next_picture_tells_nothing_of_its_answer(store: LocalStore) -> None:
    all_of_them(store)
    see(store, 1, 2)
    queue = store.audit.next()
    assert queue.picture is not None
    assert (queue.picture.id, queue.picture.sha256, queue.waiting) == (uuid(1), sha256_of("picture 1"), 2)
    assert queue.picture.__struct_fields__ == ("id", "sha256", "width", "height", "timestamp")
    assert [each.id for each in queue.following] == [uuid(2)]


def test_one_picture_is_drawn_once_and_without_a_thumbnail_not_shown(store: LocalStore) -> None:
    all_of_them(store)
    see(store, 1)
    picture = {"sha256": sha256_of("picture 1"), "fileName": "again.jpg"}
    send(store.statistics, inference(2, picture=picture), inference(3))
    assert store.audit.next().waiting == 1
    assert drawn(store) == [uuid_bytes(1).hex(), uuid_bytes(3).hex()]


def test_what_was_answered_skipped_or_said_before_waits_no_more(store: LocalStore) -> None:
    all_of_them(store)
    see(store, 1, 2, 3)
    assert store.audit.next().waiting == 3
    send(store.statistics, said(10, about=1))
    assert store.audit.mark(uuid(2), "skipped")
    queue = store.audit.next()
    assert queue.picture is not None and (queue.picture.id, queue.waiting) == (uuid(3), 1)
    assert store.audit.mark(uuid(2), "waiting")
    assert store.audit.next().waiting == 2
    assert not store.audit.mark(uuid(99), "skipped")


def test_the_audited_figure_is_of_all_that_were_drawn(store: LocalStore) -> None:
    """Two errors were volunteered; of the six others two were looked at, one of them right."""
    all_of_them(store)
    see(store, *range(1, 9))
    store.audit.draw()
    assert audited(store) == (None, 0)
    send(store.statistics, said(21, about=1), said(22, about=2))
    assert audited(store) == (None, 0)
    send(store.statistics, said(23, about=3), said(24, about=4, label="tabby"))
    for number in (3, 4):
        store.audit.mark(uuid(number), "answered")
    assert audited(store) == (pytest.approx(6 / 8 * 1 / 2), 4)
    assert audited(store, "another") == (None, 0)
    send(store.statistics, taken_back(25, about=3, retracts=23))
    assert audited(store) == (pytest.approx(6 / 8), 3)


def state_of(store: LocalStore, number: int) -> str:
    with store.database.read() as db:
        query = "SELECT state FROM audit_picture JOIN record ON number = record WHERE id = ?"
        return str(db.execute_sql(query, (uuid_bytes(number),)).fetchone()[0])


def test_a_word_said_blind_is_its_own_answer(store: LocalStore) -> None:
    """It comes in the record of what was said, so that neither is there without the other."""
    all_of_them(store)
    see(store, 1, 2, 3)
    store.audit.draw()
    send(store.statistics, said(11, about=1, blind=True), said(12, about=2))
    assert [state_of(store, number) for number in (1, 2, 3)] == ["answered", "waiting", "waiting"]
    assert audited(store) == (pytest.approx(0.0), 2)
    send(store.statistics, taken_back(13, about=1, retracts=11))
    queue = store.audit.next()
    assert queue.picture is not None and (queue.picture.id, queue.waiting) == (uuid(1), 2)


def test_who_thinks_better_of_a_blind_word_has_still_been_asked(store: LocalStore) -> None:
    all_of_them(store)
    see(store, 1)
    store.audit.draw()
    send(store.statistics, said(11, about=1, blind=True))
    send(store.statistics, said(12, about=1, label="lynx", retracts=uuid(11)))
    assert state_of(store, 1) == "answered"


def test_a_blind_word_of_a_picture_that_was_not_drawn_marks_nothing(store: LocalStore) -> None:
    store.settings.put("auditShare", 0).result(60)
    see(store, 1)
    send(store.statistics, said(11, about=1, blind=True))
    assert drawn(store) == []


def test_the_figure_leads_to_the_answers_that_it_is_of(store: LocalStore) -> None:
    all_of_them(store)
    see(store, 1, 2)
    store.audit.draw()
    store.settings.put("auditShare", 0).result(60)
    see(store, 3)
    send(store.statistics, said(11, about=1, blind=True), said(12, about=3))
    figure = Figures(store.database, HandClock(), {}).performance(Asked("all")).accuracy.audited
    assert figure.records is not None
    asked = dict(parse_qsl(figure.records))
    assert (asked.pop("drawn"), asked.pop("kind"), asked.pop("mark")) == ("true", "inference", "judged")
    page = store.records.page(RecordFilters(drawn=True, mark="judged"), 200, None)
    assert [card.id for card in page.records] == [uuid(1)]
    page = store.records.page(RecordFilters(drawn=True), 200, None)
    assert [card.id for card in page.records] == [uuid(2), uuid(1)]
    other = RecordFilters(drawn=True, sha256=sha256_of("picture 3"))
    assert store.records.page(other, 200, None).records == []


def test_a_renamed_label_is_the_same_label(store: LocalStore) -> None:
    all_of_them(store)
    see(store, 1)
    store.audit.draw()
    send(store.statistics, said(20, about=1, label="house cat"))
    assert audited(store) == (0.0, 1)
    store.label_book.rename("house cat", "tabby")
    assert audited(store) == (1.0, 1)


def test_what_is_erased_is_asked_for_no_more(store: LocalStore) -> None:
    all_of_them(store)
    see(store, 1, 2)
    store.audit.draw()
    store.upkeep.erase(Scope(picture_sha256=sha256_of("picture 1")))
    store.upkeep.finish()
    assert drawn(store) == [uuid_bytes(2).hex()]
