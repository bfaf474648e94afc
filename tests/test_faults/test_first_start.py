"""The power goes, or a process is killed, at any operation of the very first start: the next one goes on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fault_suite.power import Cutter, judged, open_fragile, start
from local_records import HandClock

from store.local import folder as data_folder
from store.local.errors import DamagedStore
from store.local.opening import open_store


@pytest.mark.parametrize("seed", range(3))
def test_a_cut_at_every_operation_of_the_first_start(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "disk"
    disk, database = open_fragile(root)
    cutter = Cutter(disk, tmp_path, random.Random(seed), 10_000)
    cutter.chance = 1.0
    disk.watch = cutter.watch
    with disk.watching_python():
        start(database, root)
    disk.watch = lambda operation, path: None
    database.close()
    assert any(list(cut.folder.glob("*-journal")) for cut in cutter.made), "no journal was ever left"
    for cut in cutter.made:
        assert judged(cut).good, f"{cut.folder.name}, seed {seed}"


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
