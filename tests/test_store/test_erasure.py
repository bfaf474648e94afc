"""Erasing a picture, a session or everything: rows, bytes and copies are gone, and do not come back."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import apsw
import pytest
from local_records import (
    attachment,
    base64_text,
    body_of,
    inference,
    said,
    send,
    send_body,
    sha256_of,
    taken_back,
)  # fmt: skip
from two_hands import TwoHands
from upkeep_support import Memory, count, fill, finished, full_inference

from store.local.clock_watch import DAY_MS
from store.local.erasure.carrying_out import RECORDS_A_JOB
from store.local.erasure.scope import Scope, WrongScope
from store.local.folder import FILE_NAME
from store.local.upkeep import Upkeep
from store.local.upkeep_log import Entry

NAME, LABEL = "my-very-secret-holiday.jpg", "secret-lover-of-mine"
VECTOR = struct.pack("<64e", *(100 + number for number in range(64)))
THUMBNAIL = b"\xff\xd8\xff\xe0 the secret thumbnail" * 300
SECRET = sha256_of("secret")


def secret(number: int, **changes: object) -> dict[str, Any]:
    facts = {"sha256": SECRET, "fileName": NAME, "path": f"/home/me/{NAME}"}
    heavy = {"embedding": base64_text(VECTOR), "thumbnail": base64_text(THUMBNAIL)}
    return full_inference(number, picture=facts, **(heavy | changes))


def remains(folder: Path) -> set[str]:
    """Which files of a data folder hold any of the secrets."""
    needles = (
        NAME.encode(), LABEL.encode(), VECTOR[:32], THUMBNAIL[:24], bytes.fromhex(SECRET), SECRET.encode(),
    )  # fmt: skip
    files = [path for path in folder.rglob("*") if path.is_file()]
    contents = {path.name: path.read_bytes() for path in files}
    return {name for name, content in contents.items() if any(needle in content for needle in needles)}


def erase(upkeep: Upkeep, **scope: Any) -> Entry:
    return finished(upkeep, upkeep.erase(Scope(**scope)).number)


def test_nothing_of_a_picture_is_left_anywhere(memory: Memory) -> None:
    """Not in the database, the log, the backups; not what an update or a split of a page left lying there."""
    store, upkeep = memory
    folder = store.database.path.parent
    fill(store, 1, 40)
    send(store.statistics, secret(50, thumbnail=None))
    send(
        store.statistics,
        secret(51),
        said(52, about=50, label=LABEL),
        attachment(53, about=50, crop=THUMBNAIL),
    )
    send(store.statistics, taken_back(54, about=50, retracts=52), said(55, about=51, label=LABEL))
    fill(store, 60, 100)
    upkeep._erasing._backups.make()  # type: ignore[attr-defined]
    assert any(name.startswith("000001-asked") for name in remains(folder))
    preview, copies = upkeep.erase_preview(Scope(picture_sha256=SECRET))
    entry = erase(upkeep, picture_sha256=SECRET)
    assert remains(folder) == set()
    assert entry.done.amounts == preview.amounts
    assert {item.kind: item.count for item in preview.items} == {
        "answers": 2, "feedback": 3, "attachments": 1, "pictures": 1, "embeddings": 2, "thumbnails": 1,
        "crops": 1,
    }  # fmt: skip
    assert (copies.backups, entry.done.backups) == (1, 1)
    assert (count(store, "record"), count(store, "picture")) == (81, 81)
    assert SECRET not in entry.plan
    assert len(list((folder / "backups").iterdir())) == 1


def test_jobs_that_find_all_of_theirs_gone_do_nothing(memory: Memory) -> None:
    """What was said goes with its answers in an earlier job than its own."""
    store, upkeep = memory
    answers = [inference(number) for number in range(RECORDS_A_JOB)]
    send_body(store.statistics, body_of(*answers, session="monday"))
    spoken = [said(1000 + number, about=number) for number in range(RECORDS_A_JOB)]
    send_body(store.statistics, body_of(*spoken, session="monday"))
    entry = erase(upkeep, session_id="monday")
    assert (entry.done.amounts.answers.count, entry.done.amounts.feedback.count) == (100, 100)
    assert count(store, "record") == 0


def test_a_session_goes_and_pictures_seen_elsewhere_stay(memory: Memory) -> None:
    store, upkeep = memory
    send_body(store.statistics, body_of(full_inference(1), full_inference(2), session="tuesday"))
    again = {"sha256": sha256_of("picture 1"), "fileName": "again.jpg"}
    send_body(store.statistics, body_of(inference(3, picture=again), said(4, about=2), session="wednesday"))
    preview, _ = upkeep.erase_preview(Scope(session_id="tuesday"))
    entry = erase(upkeep, session_id="tuesday")
    assert entry.done.amounts == preview.amounts
    assert (entry.done.amounts.answers.count, entry.done.amounts.feedback.count) == (2, 1)
    assert (count(store, "record"), count(store, "picture"), count(store, "feedback")) == (1, 1, 0)
    assert "tuesday" not in entry.plan


def test_erasing_a_session_does_not_revive_what_it_took_back(memory: Memory) -> None:
    store, upkeep = memory
    send_body(store.statistics, body_of(inference(1), said(2, about=1, label="wolf"), session="monday"))
    send_body(store.statistics, body_of(taken_back(3, about=1, retracts=2), session="tuesday"))
    entry = erase(upkeep, session_id="tuesday")
    assert entry.done.amounts.feedback.count == 2
    assert store.labels.typed() == []
    assert (count(store, "record"), count(store, "retraction")) == (1, 0)


def test_everything_goes_with_the_damaged_copies_and_the_logs(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    folder = store.database.path.parent
    fill(store, 1, 20)
    send(store.statistics, secret(50), said(52, about=50, label=LABEL), device={"userAgent": NAME})
    damaged = folder / "damaged-2026-01-01T00-00-00Z"
    damaged.mkdir()
    (damaged / FILE_NAME).write_bytes(NAME.encode())
    (folder / "logs").mkdir()
    for name in ("whimbrel.log", "whimbrel.log.1"):
        (folder / "logs" / name).write_bytes(NAME.encode())
    preview, copies = upkeep.erase_preview(Scope(everything=True))
    assert (copies.damaged, copies.damaged_bytes) == (1, len(NAME))
    clock.run(60_000)
    entry = erase(upkeep, everything=True)
    assert remains(folder) == set()
    assert entry.done.amounts == preview.amounts
    assert (entry.done.damaged_copies, entry.done.log_files) == (1, 2)
    assert {name: count(store, name) for name in ("record", "picture", "device", "feedback")} == {
        "record": 0, "picture": 0, "device": 0, "feedback": 0
    }  # fmt: skip
    fill(store, 1, 1)
    assert count(store, "record") == 0  # made before: it does not come back
    send(store.statistics, inference(200, timestamp=clock.wall))
    assert count(store, "record") == 1


def test_what_arrives_late_does_not_bring_it_back(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    send(store.statistics, secret(1))
    clock.run(60_000)
    erase(upkeep, picture_sha256=SECRET)
    late = [secret(1), secret(2), said(3, about=1, label=LABEL), attachment(4, about=1, crop=THUMBNAIL)]
    result = send(store.statistics, *late, inference(5))
    assert [(one.index, one.code) for one in result.rejected] == [(index, "erased") for index in range(4)]
    assert result.accepted == 1
    assert count(store, "picture") == 1
    anew = send(store.statistics, secret(6, timestamp=clock.wall))
    assert (anew.accepted, anew.rejected) == (1, [])


def test_a_clock_that_goes_back_makes_no_new_record_look_late(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    erase(upkeep, everything=True)
    clock.jump(-10 * 365 * DAY_MS)
    result = send(store.statistics, inference(1, timestamp=clock.wall))
    assert result.accepted == 1


def test_marks_of_what_was_erased_are_gone_after_a_week(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    erase(upkeep, picture_sha256=SECRET)
    assert count(store, "erased") == 1
    for _ in range(9):
        clock.run(DAY_MS)
        upkeep.tick()
    assert count(store, "erased") == 0


@pytest.mark.parametrize(
    "scope", [Scope(), Scope(picture_sha256=SECRET, everything=True), Scope(session_id="s", everything=True)]
)
def test_what_to_erase_must_be_said_once(memory: Memory, scope: Scope) -> None:
    _, upkeep = memory
    for ask in (upkeep.erase, upkeep.erase_preview):
        with pytest.raises(WrongScope):
            ask(scope)
    assert upkeep.entries() == []


def test_the_accounts_stay_whole(memory: Memory) -> None:
    store, upkeep = memory
    fill(store, 1, 5)
    send(store.statistics, secret(50))
    erase(upkeep, picture_sha256=SECRET)
    with store.database.read() as db:
        row = db.execute_sql("SELECT recorded, accepted, waiting, rejected FROM outbox_state").fetchone()
        dropped = db.execute_sql("SELECT reason, count FROM outbox_dropped").fetchall()
        assert db.execute_sql("PRAGMA foreign_key_check").fetchall() == []
    assert (row, dropped) == ((6, 0, 5, 0), [("erased", 1)])


def test_a_reader_that_holds_old_bytes_only_delays_the_end(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, upkeep = memory
    send(store.statistics, secret(1))
    reader = apsw.Connection(str(store.database.path), flags=apsw.SQLITE_OPEN_READONLY)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM record").get == 1
    monkeypatch.setattr(upkeep._erasing, "_pause", lambda _: None)
    number = upkeep.erase(Scope(picture_sha256=SECRET)).number
    upkeep.tick()
    entry = upkeep.entry(number)
    assert entry is not None
    assert entry.state == "working"
    reader.close()
    upkeep.tick()
    entry = upkeep.entry(number)
    assert entry is not None
    assert (entry.state, remains(store.database.path.parent)) == ("done", set())
