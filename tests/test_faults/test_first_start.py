"""The power goes, or a process is killed, at any operation of the very first start: the next one goes on."""

from __future__ import annotations

import random
from pathlib import Path

import apsw
import pytest
from fault_suite.disk_errors import FailingDisk, quiet
from fault_suite.power import Cutter, judged, open_fragile, start
from local_records import HandClock

from store.local import folder as data_folder
from store.local.errors import DamagedStore, StoreFull
from store.local.opening import open_store


@pytest.mark.parametrize("seed", [1, 2])
def test_a_cut_at_any_operation_of_the_first_start(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "disk"
    disk, database = open_fragile(root)
    cutter = Cutter(disk, tmp_path, random.Random(seed), 10_000)
    cutter.chance = 0.1
    cutter.of = lambda operation, path: path.endswith("-journal") or cutter.coin()
    disk.watch = cutter.watch
    with disk.watching_python():
        start(database, root)
    disk.watch = lambda operation, path: None
    database.close()
    disk.unregister()
    assert any(list(cut.folder.glob("*-journal")) for cut in cutter.made), "no journal was ever left"
    for cut in cutter.made:
        assert judged(cut).good, f"{cut.folder.name}, seed {seed}"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("first", range(1, 120, 14))
def test_a_disk_that_is_full_from_some_write_on_is_said(tmp_path: Path, first: int) -> None:
    """Also where not even closing can be written; opening once waited for ever for that."""
    disk, database = open_fragile(tmp_path)
    failing = FailingDisk("write", apsw.FullError, first, 10_000)
    disk.watch = failing.watch
    with quiet(), pytest.raises(StoreFull):
        start(database, tmp_path)
        database.submit(lambda db: db.execute_sql("CREATE TABLE too_much (x)")).result(60)
    database.close()
    disk.unregister()
    assert failing.failed


def test_a_journal_goes_with_the_file_that_is_set_aside(tmp_path: Path) -> None:
    """Left behind, it would be played back into the next memory of that name."""
    (tmp_path / data_folder.FILE_NAME).write_bytes(b"broken" * 999)
    journal = tmp_path / f"{data_folder.FILE_NAME}-journal"
    journal.write_bytes(b"its journal")
    with pytest.raises(DamagedStore):
        open_store(tmp_path, HandClock())
    assert not journal.exists()
    [aside] = tmp_path.glob("damaged-*")
    assert (aside / journal.name).read_bytes() == b"its journal"
