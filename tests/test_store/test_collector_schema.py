"""How a collector's database comes to be, is moved on, is compared with, copied and restored."""

from __future__ import annotations

import hashlib
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from collecting import Sender, enrolled, event_id_of, rows, value
from postgres_server import PostgresServer
from two_hands import TwoHands

from store.collector import backup
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import CollectorError, NotThere, Unreachable, WrongSchema
from store.collector.ledger import Outcome
from store.collector.migrations import MIGRATIONS, Migration, migrate, require_schema, schema_of
from store.collector.opening import make_if_new, open_database
from store.collector.service import Collector
from store.protocol import Range

CLOCK = TwoHands()
_ADD = "ALTER TABLE device ADD COLUMN colour TEXT"
NEWEST = MIGRATIONS[-1].number
LATER = (*MIGRATIONS, Migration(NEWEST + 1, "colours", lambda session, _: session.change(_ADD)))


@pytest.fixture
def collector(collector_database: CollectorDatabase) -> Collector:
    return Collector(collector_database, CLOCK)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it at all."""
    if request.param == "sqlite":
        return str(tmp_path / "empty.sqlite3")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.empty_database()


def test_an_empty_database_is_refused_until_it_is_migrated(empty_url: str) -> None:
    database = open_database(empty_url)
    with pytest.raises(WrongSchema, match=r"is empty\. Run `whimbrel collect migrate`"):
        Collector(database, CLOCK)
    assert [each.number for each in migrate(database, CLOCK)] == [each.number for each in MIGRATIONS]
    assert migrate(database, CLOCK) == []
    assert len(Collector(database, CLOCK).id) == 16
    with pytest.raises(WrongSchema, match=f"has schema {NEWEST}, and this Whimbrel needs {NEWEST + 1}"):
        require_schema(database, LATER)
    database.close()


def test_a_migration_that_fails_is_undone(empty_url: str) -> None:
    database = open_database(empty_url)

    def fail(session: Session, _: object) -> None:
        session.change(_ADD)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        migrate(database, CLOCK, (*MIGRATIONS, Migration(NEWEST + 1, "fails", fail)))
    assert schema_of(database) == NEWEST
    migrate(database, CLOCK, LATER)
    with pytest.raises(WrongSchema, match="by a newer Whimbrel"):
        require_schema(database)
    with pytest.raises(WrongSchema, match="by a newer Whimbrel"):
        migrate(database, CLOCK)
    database.close()


def test_an_instance_goes_on_while_a_later_whimbrel_migrates_and_none_is_started(empty_url: str) -> None:
    database = open_database(empty_url)
    migrate(database, CLOCK)
    running = Collector(database, CLOCK)
    migrate(database, CLOCK, LATER)
    running.check()
    sender = enrolled(running)
    assert running.take(sender.batch(*sender.records(2))).accepted == 2
    with pytest.raises(WrongSchema, match="by a newer Whimbrel"):
        Collector(database, CLOCK)
    database.close()


def test_two_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    databases = [open_database(empty_url) for _ in range(2)]
    applied: list[list[Migration]] = []
    threads = [
        threading.Thread(target=lambda database=each: applied.append(migrate(database, CLOCK)))
        for each in databases
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, applied)) == NEWEST
    for database in databases:
        database.close()


def test_postgres_is_not_migrated_by_itself(postgres: PostgresServer) -> None:
    database = open_database(postgres.empty_database())
    make_if_new(database, CLOCK)
    assert schema_of(database) == 0
    database.close()


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    subprocess.run(
        ["python3", "-c", f"import sqlite3; sqlite3.connect({str(other)!r}).execute('create table t (x)')"],
        check=True,
    )
    before = other.read_bytes()
    with pytest.raises(WrongSchema, match="is not a collector's"):
        open_database(str(other))
    assert other.read_bytes() == before


def test_limits_that_a_power_cut_spoiled_are_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "collector.sqlite3"
    for damage in (b"no database at all" * 100, None):
        collector = made(path)
        collector.may_enrol("here")
        collector.database.close()
        limits = path.with_name(path.name + "-limits")
        whole = limits.read_bytes()
        limits.write_bytes(damage or whole[:4096] + bytes(len(whole) - 4096))
    collector = made(path)
    collector.may_enrol("here")
    collector.database.close()


def made(path: Path) -> Collector:
    database = open_database(str(path))
    make_if_new(database, CLOCK)
    return Collector(database, CLOCK)


def test_nobody_else_on_the_machine_reads_what_was_sent(tmp_path: Path) -> None:
    path, copy = tmp_path / "collector.sqlite3", tmp_path / "copy"
    made(path).database.close()
    backup.back_up(str(path), copy)
    assert {stat.S_IMODE(each.stat().st_mode) for each in (path, copy)} == {0o600}


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="can't be reached"):
        open_database(f"postgresql://nobody@/none?host={tmp_path}")


def test_a_copy_is_restored_and_gets_back_what_came_later(
    collector: Collector, collector_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sender = enrolled(collector)
    early = sender.batch(*sender.records(3))
    collector.take(early)
    copy = tmp_path / "copy"
    backup.back_up(collector_url, copy)
    with pytest.raises(CollectorError, match="already"):
        backup.back_up(collector_url, copy)
    late = sender.batch(*sender.records(2))
    collector.take(late)
    if collector_url.startswith("postgresql"):
        target = request.getfixturevalue("postgres").empty_database()
    else:
        target = str(tmp_path / "restored.sqlite3")
    backup.restore(target, copy)
    with pytest.raises(CollectorError):
        backup.restore(target, copy)
    restored = Collector(open_database(target), CLOCK)
    assert restored.id == collector.id
    device = restored.devices.of_token(sender.admitted.token)
    held = range_of(1, 5)
    assert restored.compare(device, sender.epoch, [held]).different == [0]
    assert restored.ids_of(device, 1, 5) == [(seq, event_id_of(seq)) for seq in (1, 2, 3)]
    assert restored.take(early) == Outcome(0, 3, [])
    assert restored.take(late) == Outcome(2, 0, [])
    assert restored.compare(device, sender.epoch, [held]).same == [0]
    restored.database.close()


def range_of(first: int, last: int) -> Range:
    told = b"".join(seq.to_bytes(8, "big") + event_id_of(seq) for seq in range(first, last + 1))
    return Range(first, last, last - first + 1, hashlib.sha256(told).hexdigest())


def test_what_came_under_another_epoch_is_known_there_too(collector: Collector, sender: Sender) -> None:
    device = collector.devices.of_token(sender.admitted.token)
    events = sender.records(3)
    collector.take(sender.batch(*events))
    sender.epoch = b"f" * 16
    assert collector.compare(device, sender.epoch, [range_of(1, 3)]).different == [0]
    assert collector.ids_of(device, 1, 3) == [(seq, event_id_of(seq)) for seq in (1, 2, 3)]
    collector.take(sender.batch(*events))
    assert collector.compare(device, sender.epoch, [range_of(1, 3)]).same == [0]


@pytest.fixture
def sender(collector: Collector) -> Sender:
    return enrolled(collector)


def test_senders_are_found_by_name_or_the_start_of_their_id(collector: Collector, sender: Sender) -> None:
    enrolled(collector, "other")
    assert collector.devices.find("laptop").id == sender.device_id
    assert collector.devices.find(sender.device_id.hex()[:12]).name == "laptop"
    with pytest.raises(NotThere, match="no device"):
        collector.devices.find("nobody")
    with pytest.raises(NotThere, match="2 devices"):
        collector.devices.find("")


def test_no_secret_is_kept(collector: Collector, sender: Sender) -> None:
    code = collector.devices.new_code("admin")
    assert value(collector.database, "SELECT count(*) FROM device WHERE token_hash IS NOT NULL") == 1
    everything = repr(
        [
            rows(collector.database, f"SELECT * FROM {table}")
            for table in ("device", "enrolment_code", "audit")
        ]
    )
    assert sender.admitted.token not in everything
    assert code not in everything
    assert [what for (what,) in rows(collector.database, "SELECT what FROM audit ORDER BY id")] == [
        "code-made", "device-enrolled", "code-made",
    ]  # fmt: skip
