"""Opening: the first run, an unclean exit, damage that is set aside, folders that are none."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

import apsw
import pytest
from local_records import NOW, HandClock, inference, send
from running import ROOT

from store.local import folder as data_folder
from store.local.errors import DamagedStore, NewerStore, StoreError, StoreFull
from store.local.opening import open_store
from store.local.recovery import Recovery

FILE = data_folder.FILE_NAME
CLOCK = HandClock()


def fill(folder: Path, count: int = 200) -> None:
    """A closed store with so many records."""
    store = open_store(folder, CLOCK)
    send(store.statistics, *(inference(number) for number in range(count)))
    store.close()


def records(folder: Path) -> int:
    store = open_store(folder, CLOCK)
    with store.database.read() as db:
        (count,) = db.execute_sql("SELECT count(*) FROM record").fetchone()
    store.close()
    return int(count)


def begin_afresh(folder: Path) -> None:
    """What the user chooses where nothing is to be kept."""
    recovery = Recovery(folder, CLOCK)
    recovery.prepare_fresh()
    recovery.put_in_place()


def leave_uncleanly(folder: Path) -> None:
    """What a killed process leaves: the mark of an open store."""
    data_folder.enter(folder)


def test_the_first_run_makes_the_folder_and_a_clean_close_leaves_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    store = open_store(folder, CLOCK)
    assert store.pictures.recent(1, None) == ([], None)
    store.close()
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_what_was_recorded_is_there_the_next_time(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    assert records(tmp_path) == 3


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path, CLOCK)
    store.close()
    store.close()


def test_while_it_is_open_it_is_marked_so(tmp_path: Path) -> None:
    store = open_store(tmp_path, CLOCK)
    assert len(list(tmp_path.iterdir())) > 1
    assert data_folder.enter(tmp_path)
    store.close()
    assert not data_folder.enter(tmp_path)


def test_a_sound_file_opens_after_an_unclean_exit(tmp_path: Path) -> None:
    fill(tmp_path)
    leave_uncleanly(tmp_path)
    assert records(tmp_path) == 200


def damage_a_page(file: Path) -> None:
    """Overwrites a page in the middle, as a failing disk does."""
    with file.open("rb+") as handle:
        handle.seek(file.stat().st_size // 2 // 4096 * 4096)
        handle.write(b"\xde\xad\xbe\xef" * 1024)


def test_damage_is_found_after_an_unclean_exit_and_set_aside_unchanged(tmp_path: Path) -> None:
    fill(tmp_path)
    damage_a_page(tmp_path / FILE)
    damaged = (tmp_path / FILE).read_bytes()
    leave_uncleanly(tmp_path)
    with pytest.raises(DamagedStore) as caught:
        open_store(tmp_path, CLOCK)
    (aside,) = tmp_path.glob("damaged-*")
    assert str(aside) in caught.value.sentence
    assert "backups" in caught.value.advice
    assert (aside / FILE).read_bytes() == damaged
    with pytest.raises(DamagedStore):  # nobody decided yet: no start begins an empty memory by itself
        open_store(tmp_path, CLOCK)
    assert not (tmp_path / FILE).exists()
    begin_afresh(tmp_path)
    assert records(tmp_path) == 0
    assert (aside / FILE).read_bytes() == damaged


def test_the_check_is_made_only_after_an_unclean_exit(tmp_path: Path) -> None:
    """It reads the whole file: a clean start must not wait for it."""
    fill(tmp_path)
    damage_a_page(tmp_path / FILE)
    open_store(tmp_path, CLOCK).close()


@pytest.mark.parametrize("wreck", [b"not a database at all" * 99, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_header_is_set_aside_without_any_mark(tmp_path: Path, wreck: bytes) -> None:
    (tmp_path / FILE).write_bytes(wreck)
    with pytest.raises(DamagedStore):
        open_store(tmp_path, CLOCK)
    (aside,) = tmp_path.glob("damaged-*")
    assert (aside / FILE).read_bytes() == wreck
    begin_afresh(tmp_path)
    assert records(tmp_path) == 0


def test_two_damaged_files_of_one_second_are_both_kept(tmp_path: Path) -> None:
    for wreck in (b"first" * 999, b"second" * 999):
        (tmp_path / FILE).write_bytes(wreck)
        with pytest.raises(DamagedStore):
            open_store(tmp_path, CLOCK)
    kept = sorted((folder / FILE).read_bytes()[:5] for folder in tmp_path.glob("damaged-*"))
    assert kept == [b"first", b"secon"]


def test_a_log_without_its_database_is_set_aside_not_thrown_away(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    shutil.move(tmp_path / FILE, tmp_path / f"{FILE}-wal")
    with pytest.raises(DamagedStore, match="main part is missing"):
        open_store(tmp_path, CLOCK)
    (aside,) = tmp_path.glob("damaged-*")
    assert (aside / f"{FILE}-wal").stat().st_size > 0
    begin_afresh(tmp_path)
    assert records(tmp_path) == 0


def test_the_log_goes_with_the_file_that_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"broken" * 999)
    (tmp_path / f"{FILE}-wal").write_bytes(b"its log")
    with pytest.raises(DamagedStore):
        open_store(tmp_path, CLOCK)
    (aside,) = tmp_path.glob("damaged-*")
    assert (aside / f"{FILE}-wal").read_bytes() == b"its log"


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    other = apsw.Connection(str(tmp_path / FILE))
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreError, match="another program") as caught:
        open_store(tmp_path, CLOCK)
    assert not isinstance(caught.value, DamagedStore)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_newer_schema_is_refused_and_not_touched(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute("INSERT INTO migration VALUES (999, 'from the future', 0)")
    connection.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(NewerStore, match="schema 999") as caught:
        open_store(tmp_path, CLOCK)
    assert "newer Whimbrel" in caught.value.advice
    assert (tmp_path / FILE).read_bytes() == before
    assert not list(tmp_path.glob("damaged-*"))


def test_a_failed_open_does_not_count_as_an_unclean_exit_nor_hides_one(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute("INSERT INTO migration VALUES (999, 'from the future', 0)")
    connection.close()
    with pytest.raises(NewerStore):
        open_store(tmp_path, CLOCK)
    assert not data_folder.enter(tmp_path)
    with pytest.raises(NewerStore):
        open_store(tmp_path, CLOCK)
    assert data_folder.enter(tmp_path)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    for folder in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(StoreError, match="is a file") as caught:
            open_store(folder, CLOCK)
        assert "--data-dir" in caught.value.advice


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError) as caught:
        open_store(tmp_path, CLOCK)
    assert caught.value.advice
    assert (tmp_path / FILE).is_dir()


_OPEN_AS_NOBODY = """
import os, sys
from pathlib import Path
from store.clock import SystemClock
from store.local.errors import StoreError
from store.local.opening import open_store
from store.local.recovery import Recovery
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    open_store(Path(sys.argv[1]), SystemClock())
except StoreError as error:
    print(error.sentence, error.advice, sep="|")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such folders")
@pytest.mark.parametrize("with_file", [False, True])
def test_a_folder_that_may_not_be_written(tmp_path: Path, with_file: bool) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    if with_file:
        fill(folder, 1)
    for place in (tmp_path, *tmp_path.parents):
        if (
            place.stat().st_uid == os.getuid()
            and not place.stat().st_mode & 0o005
            and place.name.startswith("pytest")
        ):
            place.chmod(0o755)
    folder.chmod(0o555)
    command = [sys.executable, "-c", _OPEN_AS_NOBODY, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    folder.chmod(0o755)
    sentence, advice = done.stdout.strip().split("|")
    assert "may not write" in sentence
    assert "--data-dir" in advice


def test_a_full_disk_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StoreFull) as caught:
        open_store(tmp_path, CLOCK)
    assert caught.value.advice


def test_a_clock_ten_years_off_changes_nothing(tmp_path: Path) -> None:
    clock = HandClock()
    ten_years = 10 * 365 * 86_400_000
    for number, now in enumerate((NOW, NOW - ten_years, NOW + ten_years)):
        clock.now = now
        store = open_store(tmp_path, clock)
        send(store.statistics, inference(number + 1, timestamp=None))
        store.close()
    assert records(tmp_path) == 3


def test_no_thread_stays(tmp_path: Path) -> None:
    before = threading.active_count()
    fill(tmp_path, 1)
    assert threading.active_count() == before


def test_opening_is_light() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None  # Peewee loads it where there is a collector\n"
        "import store.local.opening\n"
        "print({'numpy', 'scipy', 'PIL', 'tornado', 'httpx', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_file_and_its_log_are_unchanged_by_looking(tmp_path: Path) -> None:
    """A newer schema whose record is still in the log: looked at, refused, left byte for byte."""
    fill(tmp_path, 5)
    connection = apsw.Connection(str(tmp_path / FILE))
    connection.execute("INSERT INTO migration VALUES (999, 'from the future', 0)")
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(tmp_path / f"{FILE}{suffix}", crashed / f"{FILE}{suffix}")
    connection.close()
    before = [(crashed / f"{FILE}{suffix}").read_bytes() for suffix in ("", "-wal")]
    assert before[1]
    with pytest.raises(NewerStore, match="schema 999"):
        open_store(crashed, CLOCK)
    assert [(crashed / f"{FILE}{suffix}").read_bytes() for suffix in ("", "-wal")] == before
