"""A bit turned over anywhere in the memory's file is noticed: at the start, on reading, and in a backup."""

from __future__ import annotations

import random
from pathlib import Path

import apsw
import pytest
from local_records import EMBEDDING, WEBP, HandClock, base64_text, inference, said, send
from peewee import OperationalError
from rotting import flip_bit

from store.local import connection, page_sums
from store.local.backup import check
from store.local.database import Database
from store.local.errors import DamagedStore, StoreError
from store.local.folder import FILE_NAME
from store.local.migrations import migrate
from store.local.opening import open_store
from store.local.salvage import salvage
from store.local.soundness import check_whole, look
from store.local.statistics_store import StatisticsStore

_COLUMNS = "SELECT recorded_at, model_version FROM record WHERE number = 7"
_HEAVY = {"embedding": base64_text(EMBEDDING * 60), "thumbnail": base64_text(WEBP * 30)}


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """A closed memory with embeddings, small pictures and a word of the user."""
    store = open_store(tmp_path, HandClock())
    send(store.statistics, *(inference(number, **_HEAVY) for number in range(60)), said(100, 1))
    store.close()
    return tmp_path / FILE_NAME


def has_sums(path: Path) -> bool:
    return path.read_bytes()[20] == page_sums.SUM_BYTES


def test_wherever_a_bit_turns_over_the_next_start_notices(memory: Path) -> None:
    sound = memory.read_bytes()
    rng = random.Random(20261125)
    for place in (rng.randrange(100, len(sound)) for _ in range(40)):
        flip_bit(memory, place)
        with pytest.raises(DamagedStore):
            looked_at(memory)
        memory.write_bytes(sound)
    looked_at(memory)


def looked_at(memory: Path) -> None:
    """What the start does after an unclean end, without setting the file aside."""
    look(memory)
    check_whole(memory)


def test_a_changed_embedding_is_noticed_when_it_is_read(memory: Path) -> None:
    flip_bit(memory, memory.read_bytes().index(EMBEDDING * 3))
    store = open_store(memory.parent, HandClock())
    heard: list[object] = []
    store.database.noticed = heard.append
    with pytest.raises(OperationalError), store.database.read() as db:
        db.execute_sql("SELECT sum(length(hex(vector))) FROM embedding").fetchall()
    assert [type(one) for one in heard] == [DamagedStore]
    store.close()


def test_what_was_noticed_while_it_ran_is_looked_for_at_the_next_start(memory: Path) -> None:
    flip_bit(memory, memory.read_bytes().index(EMBEDDING * 3))
    store = open_store(memory.parent, HandClock())
    with pytest.raises(OperationalError), store.database.read() as db:
        db.execute_sql("SELECT sum(length(hex(vector))) FROM embedding").fetchall()
    store.close()
    with pytest.raises(DamagedStore, match="lies, unchanged"):
        open_store(memory.parent, HandClock())


def test_a_file_of_an_earlier_whimbrel_gets_sums_and_keeps_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / FILE_NAME
    monkeypatch.setattr(connection, "make_room", lambda _: None)
    earlier = Database(memory, HandClock())
    earlier.open(lambda db: migrate(db, HandClock(), tmp_path))
    send(StatisticsStore(earlier, HandClock()), *(inference(number, **_HEAVY) for number in range(60)))
    earlier.close()
    assert not has_sums(memory)
    open_store(tmp_path, HandClock()).close()
    assert has_sums(memory)
    copy = page_sums.opened(str(memory), apsw.SQLITE_OPEN_READONLY)
    assert copy.execute("SELECT count(*) FROM embedding").get == 60
    assert copy.execute("PRAGMA auto_vacuum").get == 2
    copy.close()
    flip_bit(memory, memory.read_bytes().index(EMBEDDING * 3))
    with pytest.raises(DamagedStore):
        looked_at(memory)


def test_a_backup_has_sums_of_its_own(memory: Path) -> None:
    store = open_store(memory.parent, HandClock())
    backup = store.backups.make()
    store.close()
    assert has_sums(backup)
    flip_bit(backup, backup.read_bytes().index(EMBEDDING * 3))
    with pytest.raises(StoreError, match="not sound"):
        check(backup)


def test_a_damaged_memory_makes_no_backup(memory: Path) -> None:
    flip_bit(memory, memory.read_bytes().index(EMBEDDING * 3))
    store = open_store(memory.parent, HandClock())
    with pytest.raises(DamagedStore):
        store.backups.make()
    assert store.backups.list() == []
    store.close()


def test_an_installation_without_the_checking_part_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_sums.stand_in_front.cache_clear()
    monkeypatch.setattr(page_sums, "EXTENSION", "not-there")
    with pytest.raises(StoreError, match=r"A part of Whimbrel is missing.*Install Whimbrel again"):
        Database(tmp_path / FILE_NAME, HandClock()).open()
    assert not (tmp_path / FILE_NAME).exists()
    page_sums.stand_in_front.cache_clear()


def test_salvaging_takes_columns_from_the_words_that_have_a_hash(memory: Path) -> None:
    """A time turned over in its column alone: the words beside it are whole, and say what it was."""
    copy = page_sums.opened(str(memory), apsw.SQLITE_OPEN_READWRITE)
    before = copy.execute(_COLUMNS).fetchone()
    copy.execute("UPDATE record SET recorded_at = 1, model_version = 'another' WHERE number = 7")
    copy.close()
    target = memory.with_name("new.sqlite3")
    tallies = {tally.table: tally for tally in salvage(memory, target, HandClock())}
    assert (tallies["record"].copied, tallies["record"].lost) == (61, 0)
    after = apsw.Connection(str(target))
    assert (
        after.execute("SELECT recorded_at, model_version FROM record WHERE number = 7").fetchone() == before
    )
    after.close()
