"""The folder queue: each picture is handed out until its record is there, and then never again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from folder_world import PAGE, answer_of, failure_of, job_of, names, pictures, recorded, walked
from full_length import length
from local_records import HandClock, inference, send
from running import ROOT

from store.local.erasure.scope import Scope
from store.local.folder_queue.forms import Counts, JobOver, LeftOut, UnknownJob, WrongPaths
from store.local.folder_queue.service import LONGEST_S, SILENT_S
from store.local.folder_queue.walking import CHUNK, WalkEnded
from store.local.opening import LocalStore, open_store

CHILD = ROOT / "tests" / "support" / "folder_queue_child.py"
OTHER = "another page"


@pytest.fixture
def clock() -> HandClock:
    """One that stands still until it is told."""
    return HandClock()


@pytest.fixture
def store(tmp_path: Path, clock: HandClock) -> Iterator[LocalStore]:
    """An empty memory."""
    opened = open_store(tmp_path / "data", clock)
    yield opened
    opened.close()


def opened_folder(store: LocalStore, folder: Path, count: int) -> int:
    """The number of a job over a folder of so many pictures, walked through."""
    pictures(folder, count)
    return walked(store, store.queue.add([str(folder)]).number).number


def test_a_folder_becomes_a_job_that_is_found_then_done(store: LocalStore, tmp_path: Path) -> None:
    pictures(tmp_path / "photos", 3)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    job = store.queue.add([str(tmp_path / "photos")])
    assert (job.state, job.finding, job.counts) == ("running", True, Counts())
    job = walked(store, job.number)
    assert (job.finding, job.counts, job.left_out) == (False, Counts(waiting=3), LeftOut(other=1))
    leases = store.queue.next(PAGE, 2)
    assert names(leases) == ["IMG_00000.jpg", "IMG_00001.jpg"]
    assert (leases[0].source, leases[0].path) == ("folder", str(tmp_path / "photos" / "IMG_00000.jpg"))
    assert job_of(store, job.number).counts == Counts(waiting=1, taken=2)
    send(store.statistics, answer_of(leases[0]), failure_of(leases[1]))
    assert job_of(store, job.number).counts == Counts(waiting=1, done=1, failed=1)
    assert job_of(store, job.number).live
    send(store.statistics, *map(answer_of, store.queue.next(PAGE, 9)))
    job = job_of(store, job.number)
    assert (job.state, job.counts, store.queue.live) == ("done", Counts(done=2, failed=1), False)
    (failed,) = store.queue.failed(job.number, 0, 10)
    assert (failed.file_name, failed.reason, failed.sentence) == (
        "IMG_00001.jpg", "empty-file", "This file is empty.",
    )  # fmt: skip


def test_a_folder_without_pictures_is_done_when_it_was_walked_through(
    store: LocalStore, tmp_path: Path
) -> None:
    assert job_of(store, opened_folder(store, tmp_path / "empty", 0)).state == "done"


def test_what_is_not_there_is_not_taken(store: LocalStore, tmp_path: Path) -> None:
    for paths in ([], ["photos"], [str(tmp_path / "nowhere")]):
        with pytest.raises(WrongPaths):
            store.queue.add(paths)
    for call in (store.queue.pause, store.queue.forget, store.queue.try_again):
        with pytest.raises(UnknownJob):
            call(7)


def test_a_second_record_of_a_picture_changes_nothing(store: LocalStore, tmp_path: Path) -> None:
    """Two pages may have had it, one after the other; any other id with two contents is a conflict."""
    opened_folder(store, tmp_path / "photos", 1)
    (lease,) = store.queue.next(PAGE, 1)
    first = answer_of(lease)
    assert send(store.statistics, first).accepted == 1
    again = send(store.statistics, first | {"inferenceTime": 99.0}, inference(5))
    assert (again.accepted, again.duplicate, again.rejected) == (1, 1, [])
    (refused,) = send(store.statistics, inference(5, inferenceTime=99.0)).rejected
    assert refused.code == "conflict"


def test_two_pages_are_never_given_the_same(store: LocalStore, tmp_path: Path) -> None:
    opened_folder(store, tmp_path / "photos", 4)
    ours, theirs = store.queue.next(PAGE, 3), store.queue.next(OTHER, 3)
    assert (len(ours), len(theirs)) == (3, 1)
    assert not {lease.id for lease in ours} & {lease.id for lease in theirs}


def test_what_a_silent_page_had_waits_again_and_what_a_living_one_has_does_not(
    store: LocalStore, clock: HandClock, tmp_path: Path
) -> None:
    opened_folder(store, tmp_path / "photos", 4)
    gone = store.queue.next(OTHER, 2)
    clock.now += round(1000 * SILENT_S)
    assert len(store.queue.next(PAGE, 1)) == 1
    clock.now += 1000
    assert names(store.queue.next(PAGE, 9)) == ["IMG_00003.jpg"], "those never tried go first"
    send(store.statistics, *(answer_of(lease) for lease in gone[:1]))
    counts = job_of(store, 1).counts
    assert (counts.waiting, counts.taken, counts.done) == (1, 2, 1)


def test_a_living_page_does_not_keep_a_picture_for_ever(
    store: LocalStore, clock: HandClock, tmp_path: Path
) -> None:
    opened_folder(store, tmp_path / "photos", 1)
    (lost,) = store.queue.next(PAGE, 1)
    for _ in range(round(LONGEST_S / 100)):
        clock.now += 100_000
        assert store.queue.next(PAGE, 1) == []
    clock.now += 1000
    assert [lease.id for lease in store.queue.next(PAGE, 1)] == [lost.id]


def test_a_page_that_knows_itself_to_be_the_only_one_takes_over_at_once(
    store: LocalStore, tmp_path: Path
) -> None:
    opened_folder(store, tmp_path / "photos", 3)
    store.queue.next(OTHER, 3)
    assert store.queue.next(PAGE, 3) == [], "the other page lives"
    (first,) = store.queue.next(PAGE, 3, take_over=True)
    assert first.alone
    assert store.queue.next(PAGE, 3) == [], "each by itself"
    send(store.statistics, answer_of(first))
    assert len(store.queue.next(PAGE, 3)) == 1


def test_a_picture_that_stops_the_page_again_and_again_holds_up_no_other(
    store: LocalStore, tmp_path: Path
) -> None:
    """Every page dies of the first picture; the others are done, and it has failed for that reason."""
    number = opened_folder(store, tmp_path / "photos", 6)
    for page in range(30):
        leases = store.queue.next(f"page {page}", 3, take_over=True)
        if not leases:
            break
        if "IMG_00000.jpg" not in names(leases):
            send(store.statistics, *map(answer_of, leases))
    job = job_of(store, number)
    assert (job.state, job.counts) == ("done", Counts(done=5, failed=1))
    assert [one.reason for one in store.queue.failed(number, 0, 9)] == ["gave-up"]


def test_pausing_resuming_and_cancelling(store: LocalStore, tmp_path: Path) -> None:
    number = opened_folder(store, tmp_path / "photos", 5)
    leases = store.queue.next(PAGE, 2)
    assert store.queue.pause(number).state == "paused"
    assert store.queue.next(PAGE, 9) == []
    send(store.statistics, answer_of(leases[0]))
    assert store.queue.resume(number).counts == Counts(waiting=3, taken=1, done=1)
    with pytest.raises(JobOver):
        store.queue.forget(number)
    job = store.queue.cancel(number)
    assert (job.state, job.counts, job.live) == ("cancelled", Counts(done=1, dropped=4), False)
    with pytest.raises(JobOver):
        store.queue.resume(number)
    assert send(store.statistics, answer_of(leases[1])).accepted == 1, "it was at work when it was cancelled"
    store.queue.forget(number)
    assert store.queue.jobs() == []
    assert len(recorded(store)) == 2


def test_failed_pictures_are_tried_again_under_new_ids(store: LocalStore, tmp_path: Path) -> None:
    number = opened_folder(store, tmp_path / "photos", 2)
    leases = store.queue.next(PAGE, 2)
    send(store.statistics, answer_of(leases[0]), failure_of(leases[1]))
    assert store.queue.try_again(number).counts == Counts(waiting=1, done=1)
    (lease,) = store.queue.next(PAGE, 2)
    assert lease.id != leases[1].id
    send(store.statistics, answer_of(lease))
    assert job_of(store, number).state == "done"


def test_the_pace_tells_what_is_left(store: LocalStore, clock: HandClock, tmp_path: Path) -> None:
    number = opened_folder(store, tmp_path / "photos", 40)
    assert job_of(store, number).rate is None
    clock.now += 3000
    send(store.statistics, *map(answer_of, store.queue.next(PAGE, 2)))
    assert job_of(store, number).rate is None, "two pictures say little"
    clock.now += 1000
    send(store.statistics, *map(answer_of, store.queue.next(PAGE, 8)))
    for _ in range(2):
        clock.now += 5500
        send(store.statistics, *map(answer_of, store.queue.next(PAGE, 10)))
        job = job_of(store, number)
    assert (job.rate, job.seconds_left) == (2.0, 5.0)
    clock.now += 25_000
    assert job_of(store, number).rate == pytest.approx(30 / 40), "nothing came for a while"
    store.queue.pause(number)
    assert job_of(store, number).rate is None


def test_what_is_erased_leaves_the_queue_and_everything_ends_it(store: LocalStore, tmp_path: Path) -> None:
    number = opened_folder(store, tmp_path / "photos", 3)
    record = answer_of(store.queue.next(PAGE, 1)[0])
    send(store.statistics, record)
    store.upkeep.erase(Scope(picture_sha256=record["picture"]["sha256"]))
    store.upkeep.finish()
    assert job_of(store, number).counts == Counts(waiting=2)
    store.upkeep.erase(Scope(everything=True))
    store.upkeep.finish()
    assert store.queue.jobs() == []


def test_the_next_start_goes_on_where_the_last_one_was(tmp_path: Path, clock: HandClock) -> None:
    before = open_store(tmp_path / "data", clock)
    opened_folder(before, tmp_path / "photos", 4)
    send(before.statistics, *map(answer_of, before.queue.next(PAGE, 2)))
    before.queue.next(PAGE, 1)
    before.queue.add([str(tmp_path / "photos")])
    before.close()
    after = open_store(tmp_path / "data", clock)
    after.queue.start()
    while after.queue.jobs()[1].finding:
        pass
    first, second = after.queue.jobs()
    assert (first.counts, second.counts) == (Counts(waiting=2, done=2), Counts(waiting=4))
    after.queue.stop()
    after.close()


def test_a_walk_that_was_cut_off_begins_anew_and_puts_nothing_there_twice(
    store: LocalStore, tmp_path: Path
) -> None:
    pictures(tmp_path / "photos", CHUNK + 5)
    job = store.queue.add([str(tmp_path / "photos")])
    store.queue.listen(store.queue._ended.set)
    with pytest.raises(WalkEnded):
        walked(store, job.number)
    assert (job_of(store, job.number).counts, job_of(store, job.number).finding) == (
        Counts(waiting=CHUNK), True,
    )  # fmt: skip
    store.queue._ended.clear()
    store.queue.listen(lambda: None)
    assert walked(store, job.number).counts == Counts(waiting=CHUNK + 5)


def test_after_a_kill_at_any_moment_none_is_lost_and_none_is_twice(tmp_path: Path) -> None:
    made = pictures(tmp_path / "photos", length(60, 600))
    path = f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support'}"
    job, kills = 1, 0
    while True:
        command = [sys.executable, str(CHILD), str(tmp_path / "data"), str(tmp_path / "photos"), str(job)]
        status = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False).returncode
        if status == 0:
            break
        assert status == -9
        kills, job = kills + 1, job + 1 + job // 4
    assert kills >= 8
    store = open_store(tmp_path / "data", HandClock())
    (done,) = store.queue.jobs()
    assert (done.state, done.counts) == ("done", Counts(done=len(made)))
    assert recorded(store) == [path.name for path in made]
    store.close()
